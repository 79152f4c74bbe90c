/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The interface org.varlink.service, which every server has. */

#include "varlink/registry.h"

/* Registers it. As registry_add(). */
int service_register(struct registry *registry, struct error *error);
