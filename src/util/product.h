/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What nsorphand is called on a host: each of these is spelled here and nowhere else. */

/* The daemon's directories, unless systemd or the configuration names others. */
#define PRODUCT_RUN_DIRECTORY   "/run/nsorphand"
#define PRODUCT_STATE_DIRECTORY "/var/lib/nsorphand"

/* What `nsorphanctl silence` has switched off: root's, and emptied at boot. */
#define PRODUCT_SILENCED_DIRECTORY "/run/nsorphan-silenced"

/* The Varlink interface, which also names the socket, and begins the names of metrics. */
#define PRODUCT_INTERFACE "io.nsorphan.Scanner"
#define PRODUCT_SOCKET    PRODUCT_RUN_DIRECTORY "/" PRODUCT_INTERFACE
