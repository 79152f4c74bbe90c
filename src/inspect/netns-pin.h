/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Giving a namespace a name that ip-netns(8) knows. */

#include "util/error.h"

/* Where ip-netns(8) keeps its names. */
#define NETNS_RUN_DIRECTORY "/run/netns"

/* 0 when @name can be one: a file name of at most 255 bytes, no "." and "..", not beginning with
 * "-" (an option to every tool). -EINVAL with the sentence. */
int netns_pin_check_name(const char *name, struct error *error);

/* Binds the namespace of the nsfs fd @netns_fd to @directory/@name. The directory is made and made
 * a shared mount as ip-netns(8) does it, so that the name shows in every mount namespace that it
 * would show in with that; under the same lock.
 *
 * 0; -EEXIST when the name is taken; -EINVAL; -EPERM or another negative errno, with the sentence:
 * then nothing is left that was not there before. */
int netns_pin(int netns_fd, const char *directory, const char *name, struct error *error);
