/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* /proc/PID/comm, proc_pid_comm(5): what a process calls itself. */

/* That of a process from its directory, escaped (text_escape()). 0 or a negative errno. */
int proc_comm_read(int dir_fd, char **ret);
