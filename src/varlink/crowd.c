/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "varlink/crowd.h"

static struct crowd_user *find_user(const struct crowd *crowd, uid_t uid)
{
        struct crowd_user *user;

        HASH_FIND(hh, crowd->users, &uid, sizeof(uid), user);
        return user;
}

/* Root has some slots that nobody else can take, and takes a common one only when those are full.
 */
bool crowd_has_room(const struct crowd *crowd, uid_t uid)
{
        const struct varlink_limits *limits = &crowd->limits;
        const struct crowd_user *user = find_user(crowd, uid), *root = find_user(crowd, 0);
        unsigned n = user ? user->n_open : 0;

        if (n >= limits->connections_per_uid)
                return false;
        if (uid == 0 && n < limits->connections_root)
                return true;
        return crowd->n_open - (root ? MIN(root->n_open, limits->connections_root) : 0) <
               limits->connections;
}

int crowd_enter(struct crowd *crowd, uid_t uid, struct crowd_user **ret)
{
        struct crowd_user *user = find_user(crowd, uid);

        if (!user) {
                user = calloc(1, sizeof(*user));
                if (!user)
                        return -ENOMEM;
                user->uid = uid;
                HASH_ADD(hh, crowd->users, uid, sizeof(user->uid), user);
                if (!user->hh.tbl) {
                        free(user);
                        return -ENOMEM;
                }
        }
        user->n++;
        user->n_open++;
        crowd->n_open++;
        *ret = user;
        return 0;
}

void crowd_release(struct crowd *crowd, struct crowd_user *user)
{
        user->n_open--;
        crowd->n_open--;
}

void crowd_dismiss(struct crowd *crowd, struct crowd_user *user)
{
        if (--user->n > 0)
                return;
        turns_forget_user(&crowd->turns, &user->turn);
        HASH_DEL(crowd->users, user);
        free(user);
}
