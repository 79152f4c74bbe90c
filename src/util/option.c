/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/option.h"

#include <getopt.h>
#include <string.h>

#include "util/macro.h"

/* getopt's value of a word that is no option, in the order they come ("-" before the letters). */
#define IS_WORD 1

/* And of long options: an index into the table, beyond all letters. */
#define INDEX_BASE 256

int option_parse_flag(const struct option_key *key, const char *value, void *field,
                      struct error *error)
{
        *(bool *)field = true;
        return 0;
}

static bool is_choice(const char *choices, const char *value)
{
        size_t length = strlen(value);
        for (const char *p = choices; *p; p += strspn(p, " ")) {
                size_t n = strcspn(p, " ");
                if (n == length && memcmp(p, value, n) == 0)
                        return true;
                p += n;
        }
        return false;
}

int option_parse_word(const struct option_key *key, const char *value, void *field,
                      struct error *error)
{
        if (key->choices && !is_choice(key->choices, value))
                return error_set(error, EINVAL, "Bad value \"%s\" of --%s=, must be one of: %s",
                                 value, key->name, key->choices);
        *(const char **)field = value;
        return 0;
}

bool option_is_for(const struct option_key *key, const char *verb)
{
        if (!key->verbs)
                return true;
        size_t length = strlen(verb);
        for (const char *p = key->verbs; (p = strstr(p, verb)); p += length)
                if ((p == key->verbs || p[-1] == ' ') && p[length] == ' ')
                        return true;
        return false;
}

static const struct option_key *key_from_value(const struct option_table *table, int value)
{
        if (value >= INDEX_BASE)
                return &table->keys[value - INDEX_BASE];
        for (size_t i = 0; i < table->n_keys; i++)
                if (table->keys[i].letter == value)
                        return &table->keys[i];
        return NULL;
}

/* What getopt_long(3) wants to know. */
struct getopt_tables {
        struct option *longs;
        char *letters;
};

static int getopt_tables_make(const struct option_table *table, struct getopt_tables *ret)
{
        ret->longs = calloc(table->n_keys + 1, sizeof(*ret->longs));
        ret->letters = malloc(2 * table->n_keys + 3);
        if (!ret->longs || !ret->letters)
                return -ENOMEM;
        char *letters = stpcpy(ret->letters, "-:"); /* errors are ours to print */
        for (size_t i = 0; i < table->n_keys; i++) {
                const struct option_key *key = &table->keys[i];
                ret->longs[i] =
                        (struct option){key->name, key->argument ? required_argument : no_argument,
                                        NULL, INDEX_BASE + (int)i};
                if (!key->letter)
                        continue;
                *letters++ = key->letter;
                if (key->argument)
                        *letters++ = ':';
        }
        *letters = '\0';
        return 0;
}

/* The line that @verb has of the option that @key is a line of. */
static const struct option_key *key_of_verb(const struct option_table *table,
                                            const struct option_key *key, const char *verb)
{
        for (size_t i = 0; verb && i < table->n_keys; i++)
                if (strcmp(table->keys[i].name, key->name) == 0 &&
                    option_is_for(&table->keys[i], verb))
                        return &table->keys[i];
        return key;
}

/* An option on the command line, in the order there. */
struct option_given {
        const struct option_key *key;
        const char *value;
};

static int parse_given(const struct option_table *table, const struct option_given *all, size_t n,
                       const char *verb, void *options, bool *given, struct error *error)
{
        for (size_t i = 0; i < n; i++) {
                const struct option_key *key = key_of_verb(table, all[i].key, verb);
                int r = key->parse(key, all[i].value, (char *)options + key->offset, error);
                if (r < 0)
                        return r;
                if (given)
                        given[key - table->keys] = true;
        }
        return 0;
}

static int bad_option(const struct option_table *table, int value, const char *word,
                      struct error *error)
{
        if (value == ':')
                return error_set(error, EINVAL, "Option \"%s\" needs an argument", word);
        if (optopt >= INDEX_BASE)
                return error_set(error, EINVAL, "Option --%s takes no argument",
                                 key_from_value(table, optopt)->name);
        if (optopt > 0)
                return error_set(error, EINVAL, "Unknown option \"-%c\"", optopt);
        return error_set(error, EINVAL, "Unknown option \"%s\"", word);
}

/* Fills @all, which has room for as many options as there are words. */
static int collect(const struct option_table *table, const struct getopt_tables *tables, int argc,
                   char **argv, int *n, struct option_given *all, size_t *ret_all,
                   struct error *error)
{
        int c;

        optind = 0; /* starts over, also for a second call (tests) */
        while ((c = getopt_long(argc, argv, tables->letters, tables->longs, NULL)) >= 0) {
                if (c == IS_WORD) {
                        argv[1 + (*n)++] = optarg;
                        if (table->ends && table->ends(argv + 1, *n))
                                break;
                        continue;
                }
                const struct option_key *key =
                        c == '?' || c == ':' ? NULL : key_from_value(table, c);
                if (!key)
                        return bad_option(table, c, optind > 0 ? argv[optind - 1] : "", error);
                all[(*ret_all)++] = (struct option_given){key, optarg};
        }
        /* All that is left is words; a "--" before them is none. */
        if (c == IS_WORD && optind < argc && strcmp(argv[optind], "--") == 0)
                optind++;
        while (optind < argc)
                argv[1 + (*n)++] = argv[optind++];
        /* A command is executed as it stands there. */
        argv[1 + *n] = NULL;
        return 0;
}

int option_parse(const struct option_table *table, void *options, int argc, char **argv, int *ret_n,
                 bool *given, struct error *error)
{
        struct getopt_tables tables = {};
        /* "-abc" are as many as there are letters in a word. */
        size_t room = 1, n = 0;

        *ret_n = 0;
        for (int i = 1; i < argc; i++)
                room += strlen(argv[i]) + 1;
        _cleanup_free_ struct option_given *all = calloc(room, sizeof(*all));
        int r = getopt_tables_make(table, &tables);
        r = r < 0 || !all ? error_oom(error)
                          : collect(table, &tables, argc, argv, ret_n, all, &n, error);
        if (r >= 0)
                r = parse_given(table, all, n, *ret_n > 0 ? argv[1] : NULL, options, given, error);
        free(tables.longs);
        free(tables.letters);
        return r;
}

void option_print_help(const struct option_table *table, const char *verb, FILE *f)
{
        fputs("\nOptions:\n", f);
        for (size_t i = 0; i < table->n_keys; i++) {
                const struct option_key *key = &table->keys[i];
                char left[64];
                if (verb ? !option_is_for(key, verb) : key->verbs != NULL)
                        continue;
                (void)snprintf(left, sizeof(left), "%s--%s%s%s",
                               key->letter ? (char[]){'-', key->letter, ' ', '\0'} : "   ",
                               key->name, key->argument ? "=" : "",
                               key->argument ? key->argument : "");
                fprintf(f, "  %-22s %s\n", left, key->help);
        }
}
