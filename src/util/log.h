/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The daemon's own log: to stderr, with sd-daemon(3) priority prefixes when stderr leads to the
 * journal. Called by main, the scheduler and the verbs only; everyone below returns errors.
 * (Alerts are not log lines: report/journal.h.) */

#include <syslog.h>

#include "util/macro.h"

/* Up to which priority lines are written: LOG_EMERG … LOG_DEBUG. LOG_INFO until it is set, or
 * LOG_DEBUG with NSORPHAND_DEBUG=1 in the environment. Any thread. */
void log_set_level(int max);
int log_level(void);

/* Writes one line; @priority is LOG_ERR … LOG_DEBUG. Any thread. */
void log_line(int priority, const char *format, ...) _printf_(2, 3);

#define log_error(...)   log_line(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_notice(...)  log_line(LOG_NOTICE, __VA_ARGS__)
#define log_info(...)    log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...)   log_line(LOG_DEBUG, __VA_ARGS__)
