# SPDX-License-Identifier: LGPL-2.1-or-later
"""Puts into the namespace it runs in what forwards traffic, or may, without any interface but lo.

Run as a program, with one of the words below. The table of nft is made without nft(8), which not
every host has.
"""
import socket
import struct
import subprocess
import sys

NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END = 16, 17
NFNL_SUBSYS_NFTABLES = 10
NFT_MSG_NEWTABLE = 0
NFTA_TABLE_NAME = 1
NLM_F_REQUEST, NLM_F_ACK, NLM_F_CREATE = 1, 4, 0x400
NFPROTO_INET = 1
NETLINK_NETFILTER = 12


def message(kind, flags, family, resource, attributes=b""):
    payload = struct.pack("!BBH", family, 0, resource) + attributes
    return struct.pack("=IHHII", 16 + len(payload), kind, NLM_F_REQUEST | flags, 1, 0) + payload


def nft():
    """A table, and nothing in it."""
    name = struct.pack("=HH", 4 + 8, NFTA_TABLE_NAME) + b"forward\0"
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as s:
        s.bind((0, 0))
        s.send(message(NFNL_MSG_BATCH_BEGIN, 0, 0, NFNL_SUBSYS_NFTABLES) +
               message(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_ACK, NFPROTO_INET, 0,
                       name) +
               message(NFNL_MSG_BATCH_END, 0, 0, NFNL_SUBSYS_NFTABLES))
        answer = s.recv(4096)
    error, = struct.unpack_from("=i", answer, 16)
    assert error == 0, error


def ip(line):
    return lambda: subprocess.run(["ip", *line.split()], check=True, stdin=subprocess.DEVNULL)


MAKE = {
    "route": ip("route add unreachable 10.0.0.0/8"),
    "route6": ip("-6 route add unreachable fd97::/16"),
    "nft": nft,
    "policy": ip("xfrm policy add dir out src 10.0.0.0/24 dst 10.0.1.0/24 "
                 "tmpl src 10.9.0.1 dst 10.9.0.2 proto esp mode tunnel"),
    # One that waits to be negotiated, for half a minute: it needs no ciphers of the kernel's.
    "state": ip("xfrm state allocspi src 10.9.0.1 dst 10.9.0.2 proto esp mode tunnel min 256 max 300"),
}

# How it is called.
WORDS = {"route": "a route", "route6": "a route", "nft": "nft tables", "policy": "xfrm policies or states",
         "state": "xfrm policies or states"}

if __name__ == "__main__":
    MAKE[sys.argv[1]]()
