// SPDX-License-Identifier: LGPL-2.1-or-later

// The leak that this project began with: a goroutine that is locked to its thread opens a netlink
// socket in a namespace of its own and ends, and its thread with it; the socket stays. The process
// prints its number and waits for the end of its standard input.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"
)

var handles []int

//go:noinline
func creator(done chan<- bool) {
	runtime.LockOSThread()
	if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
		panic(err)
	}
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		panic(err)
	}
	handles = append(handles, fd)
	done <- true
}

// So that the goroutine gets another thread than the first, which never ends.
func init() {
	runtime.LockOSThread()
}

func main() {
	done := make(chan bool)
	go creator(done)
	<-done
	fmt.Printf("{\"pid\":%d}\n", os.Getpid())
	io.Copy(io.Discard, os.Stdin)
}
