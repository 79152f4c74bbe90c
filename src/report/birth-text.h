/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A birth certificate in words, for journal and explanations alike. */

#include <stdio.h>

#include "census/holder.h"

/* "the socket", "the tun", "the tap": what was born. */
const char *birth_text_what(const struct holder *h);

/* Prints "dockerd (pid 812, docker.service)": the process that opened it. */
void birth_text_print_opener(FILE *f, const struct birth *b);

/* Prints @before and "netlink.NewHandle ← main.creator ← …", at most @max of what is worth telling
 * (census/birth-stack.h), with @arrow between; nothing where there is nothing. */
void birth_text_print_places(FILE *f, const struct birth *b, const char *before, size_t max,
                             const char *arrow);

/* Prints "main.creator (dockerd+0x5234)", with the path of the file where @path; where the function
 * is not known "dockerd+0x5234 (build id 0123…)". */
void birth_text_print_frame(FILE *f, const struct birth_frame *frame, bool path);

/* All frames with their paths, a line each. New string, NULL when out of memory. */
char *birth_text_stack(const struct birth *b);
