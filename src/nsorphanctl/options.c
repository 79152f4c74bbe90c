/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "nsorphanctl/verb.h"

static int parse_flag(const struct option_key *key, const char *value, void *field,
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

static int parse_word(const struct option_key *key, const char *value, void *field,
                      struct error *error)
{
        if (key->choices && !is_choice(key->choices, value))
                return error_set(error, EINVAL, "Bad value \"%s\" of --%s=, must be one of: %s",
                                 value, key->name, key->choices);
        *(const char **)field = value;
        return 0;
}

static int parse_json(const struct option_key *key, const char *value, void *field,
                      struct error *error)
{
        const char *word;
        int r = parse_word(key, value, &word, error);
        if (r < 0)
                return r;
        *(enum json_mode *)field = strcmp(word, "short") == 0    ? JSON_SHORT
                                   : strcmp(word, "pretty") == 0 ? JSON_PRETTY
                                                                 : JSON_OFF;
        return 0;
}

#define FIELD(f) offsetof(struct options, f)

const struct option_key option_keys[] = {
        {"help", 'h', NULL, NULL, "Show this help, or that of a verb, and exit", parse_flag,
         FIELD(help)},
        {"version", 0, NULL, NULL, "Show the version and exit", parse_flag, FIELD(version)},
        {"json", 0, "MODE", NULL, "Print JSON: short, pretty, or off (default)", parse_json,
         FIELD(json), "short pretty off"},
        {"no-legend", 0, NULL, NULL, "Do not print column headers and hints", parse_flag,
         FIELD(no_legend)},
        {"no-pager", 0, NULL, NULL, "Do not start a pager", parse_flag, FIELD(no_pager)},
        {"all", 'a', NULL, "scan list ", "Show every namespace, not only orphaned ones", parse_flag,
         FIELD(all)},
        {"verdict", 0, "VERDICT", "scan list ", "Show only attached, pinned or orphaned ones",
         parse_word, FIELD(verdict), "attached pinned orphaned"},
        {"state", 0, "STATE", "list ", "Show only suspected or leaked ones", parse_word,
         FIELD(state), "suspected leaked"},
        {"socket", 0, "PATH", "list show explain status refresh watch check metrics ",
         "Talk to the daemon that listens there", parse_word, FIELD(socket)},
        {"format", 0, "FORMAT", "graph ", "Draw for Graphviz (dot, default) or mermaid", parse_word,
         FIELD(format), "dot mermaid"},
};

const size_t n_option_keys = ARRAY_SIZE(option_keys);

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

/* getopt's values of long options: an index into the table, beyond all letters. */
#define INDEX_BASE 256

static const struct option_key *key_from_value(int value)
{
        if (value >= INDEX_BASE)
                return &option_keys[value - INDEX_BASE];
        for (size_t i = 0; i < n_option_keys; i++)
                if (option_keys[i].letter == value)
                        return &option_keys[i];
        return NULL;
}

static void tables_fill(struct option *longs, char *letters)
{
        *letters++ = ':'; /* errors are ours to print */
        for (size_t i = 0; i < n_option_keys; i++) {
                const struct option_key *key = &option_keys[i];
                longs[i] =
                        (struct option){key->name, key->argument ? required_argument : no_argument,
                                        NULL, INDEX_BASE + (int)i};
                if (key->letter) {
                        *letters++ = key->letter;
                        if (key->argument)
                                *letters++ = ':';
                }
        }
        longs[n_option_keys] = (struct option){};
        *letters = '\0';
}

static int check_for_verb(const bool *given, const char *verb, struct error *error)
{
        for (size_t i = 0; i < n_option_keys; i++)
                if (given[i] && !option_is_for(&option_keys[i], verb))
                        return error_set(error, EINVAL, "\"%s\" has no option --%s", verb,
                                         option_keys[i].name);
        return 0;
}

int options_parse(struct options *o, int argc, char **argv, char ***ret_words, int *ret_n,
                  struct error *error)
{
        struct option longs[ARRAY_SIZE(option_keys) + 1];
        char letters[2 * ARRAY_SIZE(option_keys) + 2];
        bool given[ARRAY_SIZE(option_keys)] = {};
        int c;

        tables_fill(longs, letters);
        optind = 0; /* starts over, also for a second call (tests) */
        while ((c = getopt_long(argc, argv, letters, longs, NULL)) >= 0) {
                const char *word = optind > 0 ? argv[optind - 1] : "";
                if (c == ':')
                        return error_set(error, EINVAL, "Option \"%s\" needs an argument", word);
                const struct option_key *key = c == '?' ? NULL : key_from_value(c);
                if (!key && optopt > 0 && optopt < INDEX_BASE)
                        return error_set(error, EINVAL, "Unknown option \"-%c\"", optopt);
                if (!key && optopt >= INDEX_BASE)
                        return error_set(error, EINVAL, "Option --%s takes no argument",
                                         key_from_value(optopt)->name);
                if (!key)
                        return error_set(error, EINVAL, "Unknown option \"%s\"", word);
                int r = key->parse(key, optarg, (char *)o + key->offset, error);
                if (r < 0)
                        return r;
                given[key - option_keys] = true;
        }
        *ret_words = argv + optind;
        *ret_n = argc - optind;
        return *ret_n > 0 && verb_find(argv[optind]) ? check_for_verb(given, argv[optind], error)
                                                     : 0;
}
