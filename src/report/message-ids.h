/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The one list of what is written to the journal: the change, its priority, its MESSAGE_ID and the
 * Subject of its catalog entry. catalog/nsorphan.catalog and docs/journal.md are held against it
 * by tests. An id is never given to anything else. */

#include "ledger/ledger.h"

#define MESSAGE_IDS(X)                                                                             \
        X(LEAKED, WARNING, "2ab0f6b08e9748e193eb116a997d8bfe", "A network namespace has leaked")   \
        X(UNNAMED, WARNING, "a7a93a137075491fba0fa5f03823fe11",                                    \
          "A network namespace has no name and no process")                                        \
        X(STRAY_THREAD, WARNING, "10adac33d2d54435989beca099d79aa1",                               \
          "A thread is in another network namespace than its process")                             \
        X(HOLDER_CHANGED, WARNING, "94af345c8dfb4bd292a5e9689677dba5",                             \
          "A leaked network namespace has another holder")                                         \
        X(REMINDER, WARNING, "988fbc7884b34dfa852a5495e7ca9f29",                                   \
          "A network namespace is still leaked")                                                   \
        X(RESOLVED, NOTICE, "ec56a7c3bb6f44a2be967398efd96617",                                    \
          "A leaked network namespace is resolved")                                                \
        X(HELD_BACK, WARNING, "552fa1f5df134cc88dadbdc795355b02",                                  \
          "Many changes at once were not reported one by one")                                     \
        X(COVERAGE_DEGRADED, WARNING, "cda9c17a05cc46edbdc5e05387863e68",                          \
          "Not everything on this host can be seen")                                               \
        X(COVERAGE_RESTORED, NOTICE, "22f4d7f2a9eb450eb053f649f4efad4b",                           \
          "Everything on this host can be seen again")                                             \
        X(TEARDOWN_STUCK, NOTICE, "b7e737eb248f48bb92815bf3b80a74f5",                              \
          "The kernel does not get network namespaces torn down")                                  \
        X(SOURCES_DISAGREE, WARNING, "9ebe52f3e88149d0a6f6a79462bd0fb6",                           \
          "BPF and procfs disagree about network namespaces")                                      \
        X(SCAN_FAILED, ERR, "a5d64a6715074c56bc50c6f0bcad0f4f",                                    \
          "A scan for orphaned network namespaces has failed")                                     \
        X(SCAN_RECOVERED, NOTICE, "81dace69cbe245a182b6e8d320051ab3",                              \
          "Scans for orphaned network namespaces work again")                                      \
        X(SCAN_OVERRAN, WARNING, "75a48f46a82a42ca962b12c821f1feac",                               \
          "A scan for orphaned network namespaces takes too long")

/* Written by a daemon that starts after a crash: report/delivery.h. */
#define MESSAGE_ID_INTERRUPTED         "e6fa23676005467fbf9d6f2e1b04bac8"
#define MESSAGE_ID_INTERRUPTED_SUBJECT "A report on network namespaces was interrupted"
