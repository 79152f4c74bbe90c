/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "varlink/interface.h"
#include "util/array.h"

#include <string.h>

struct parser {
        const char *p;
        const char *end;
        unsigned line;
        unsigned depth;
        struct error *error;
};

static bool is_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static bool is_alphanumeric(char c)
{
        return is_letter(c) || is_digit(c);
}

static int fail(struct parser *parser, const char *reason)
{
        return error_set(parser->error, EBADMSG, "Line %u of the interface description: %s",
                         parser->line, reason);
}

/* Blanks, ends of lines, and comments from # to the end of the line. */
static void skip_space(struct parser *parser)
{
        bool comment = false;

        for (; parser->p < parser->end; parser->p++) {
                char c = *parser->p;
                if (c == '\n') {
                        parser->line++;
                        comment = false;
                } else if (c == '#') {
                        comment = true;
                } else if (!comment && c != ' ' && c != '\t' && c != '\r') {
                        break;
                }
        }
}

/* Takes @token if it is what comes next. */
static bool take(struct parser *parser, const char *token)
{
        size_t n = strlen(token);

        skip_space(parser);
        if ((size_t)(parser->end - parser->p) < n || memcmp(parser->p, token, n) != 0)
                return false;
        parser->p += n;
        return true;
}

/* Takes the keyword @word, which must not go on. */
static bool take_word(struct parser *parser, const char *word)
{
        const char *start;

        skip_space(parser);
        start = parser->p;
        if (take(parser, word) && (parser->p == parser->end || !is_alphanumeric(*parser->p)))
                return true;
        parser->p = start;
        return false;
}

static int take_string(struct parser *parser, size_t n, char **ret)
{
        char *s = strndup(parser->p, n);
        if (!s)
                return error_oom(parser->error);
        parser->p += n;
        *ret = s;
        return 0;
}

/* [A-Z][A-Za-z0-9]*, the name of a type, method or error. */
static int take_name(struct parser *parser, char **ret)
{
        size_t n = 0, left;

        skip_space(parser);
        left = (size_t)(parser->end - parser->p);
        if (left == 0 || !is_letter(*parser->p) || *parser->p > 'Z')
                return fail(parser, "a name that begins with a capital letter is missing");
        while (n < left && is_alphanumeric(parser->p[n]))
                n++;
        return take_string(parser, n, ret);
}

/* [A-Za-z]([_]?[A-Za-z0-9])*, the name of a field or of an enum's value. */
static int take_field_name(struct parser *parser, char **ret)
{
        const char *p;
        size_t n = 0, left;

        skip_space(parser);
        p = parser->p;
        left = (size_t)(parser->end - p);
        if (left == 0 || !is_letter(*p))
                return fail(parser, "the name of a field is missing");
        while (n < left && (is_alphanumeric(p[n]) ||
                            (p[n] == '_' && n + 1 < left && is_alphanumeric(p[n + 1]))))
                n++;
        return take_string(parser, n, ret);
}

bool varlink_interface_name_is_valid(const char *name, size_t n)
{
        unsigned dots = 0;

        /* Parts of letters, digits and dashes that neither begin nor end with a dash; the first
         * one begins with a letter; at least two of them. */
        if (n == 0 || !is_letter(name[0]) || !is_alphanumeric(name[n - 1]))
                return false;
        for (size_t i = 1; i < n; i++) {
                if (name[i] == '.') {
                        if (!is_alphanumeric(name[i - 1]) || !is_alphanumeric(name[i + 1]))
                                return false;
                        dots++;
                } else if (name[i] != '-' && !is_alphanumeric(name[i])) {
                        return false;
                }
        }
        return dots > 0;
}

static struct varlink_type *type_free(struct varlink_type *type)
{
        if (!type)
                return NULL;
        type_free(type->element);
        for (size_t i = 0; i < type->n_fields; i++) {
                free(type->fields[i].name);
                type_free(type->fields[i].type);
        }
        free(type->fields);
        free(type->name);
        free(type);
        return NULL;
}
DEFINE_CLEANUP(struct varlink_type *, type_free);

static int parse_type(struct parser *parser, struct varlink_type **ret);

/* One "name: type" or "name" behind those in @type; the first tells which of both it is to be. */
static int parse_field(struct parser *parser, struct varlink_type *type)
{
        _cleanup_free_ char *name = NULL;
        _cleanup_(type_freep) struct varlink_type *field_type = NULL;

        int r = take_field_name(parser, &name);
        if (r < 0)
                return r;
        for (size_t i = 0; i < type->n_fields; i++)
                if (strcmp(type->fields[i].name, name) == 0)
                        return fail(parser, "a field is there twice");
        if (take(parser, ":")) {
                if (type->kind == VARLINK_ENUM)
                        return fail(parser, "a value of an enum has no type");
                r = parse_type(parser, &field_type);
                if (r < 0)
                        return r;
        } else if (type->kind == VARLINK_STRUCT && type->n_fields > 0) {
                return fail(parser, "a field has no type");
        } else {
                type->kind = VARLINK_ENUM;
        }

        struct varlink_field *fields = array_grow(type->fields, type->n_fields, sizeof(*fields));
        if (!fields)
                return error_oom(parser->error);
        type->fields = fields;
        fields[type->n_fields++] = (struct varlink_field){
                .name = TAKE_PTR(name),
                .type = TAKE_PTR(field_type),
        };
        return 0;
}

/* What follows the opening bracket of a struct or enum; "()" is a struct. */
static int parse_fields(struct parser *parser, struct varlink_type *type)
{
        type->kind = VARLINK_STRUCT;
        if (take(parser, ")"))
                return 0;
        do {
                int r = parse_field(parser, type);
                if (r < 0)
                        return r;
        } while (take(parser, ","));
        return take(parser, ")") ? 0 : fail(parser, "a closing bracket is missing");
}

static int parse_element(struct parser *parser, struct varlink_type *type, enum varlink_kind kind)
{
        type->kind = kind;
        int r = parse_type(parser, &type->element);
        if (r < 0)
                return r;
        if (kind == VARLINK_MAYBE && type->element->kind == VARLINK_MAYBE)
                return fail(parser, "a type is optional twice");
        return 0;
}

static int parse_basic_type(struct parser *parser, struct varlink_type *type)
{
        static const struct {
                const char *name;
                enum varlink_kind kind;
        } basic[] = {
                {"bool", VARLINK_BOOL},     {"int", VARLINK_INT},       {"float", VARLINK_FLOAT},
                {"string", VARLINK_STRING}, {"object", VARLINK_OBJECT}, {"any", VARLINK_ANY},
        };

        for (size_t i = 0; i < ARRAY_SIZE(basic); i++)
                if (take_word(parser, basic[i].name)) {
                        type->kind = basic[i].kind;
                        return 0;
                }
        type->kind = VARLINK_NAMED;
        return take_name(parser, &type->name);
}

static int parse_type(struct parser *parser, struct varlink_type **ret)
{
        _cleanup_(type_freep) struct varlink_type *type = calloc(1, sizeof(*type));
        int r;

        if (!type)
                return error_oom(parser->error);
        if (++parser->depth > VARLINK_IDL_DEPTH_MAX)
                return fail(parser, "types are nested too deeply");
        if (take(parser, "?"))
                r = parse_element(parser, type, VARLINK_MAYBE);
        else if (take(parser, "[]"))
                r = parse_element(parser, type, VARLINK_ARRAY);
        else if (take(parser, "[string]"))
                r = parse_element(parser, type, VARLINK_MAP);
        else if (take(parser, "("))
                r = parse_fields(parser, type);
        else
                r = parse_basic_type(parser, type);
        if (r < 0)
                return r;
        parser->depth--;
        *ret = TAKE_PTR(type);
        return 0;
}

/* A struct in brackets; an enum only where @may_be_enum. */
static int parse_brackets(struct parser *parser, bool may_be_enum, struct varlink_type **ret)
{
        _cleanup_(type_freep) struct varlink_type *type = NULL;

        skip_space(parser);
        if (parser->p == parser->end || *parser->p != '(')
                return fail(parser, "an opening bracket is missing");
        int r = parse_type(parser, &type);
        if (r < 0)
                return r;
        if (type->kind == VARLINK_ENUM && !may_be_enum)
                return fail(parser, "fields have no types");
        *ret = TAKE_PTR(type);
        return 0;
}

static void member_deinit(struct varlink_member *member)
{
        free(member->name);
        type_free(member->type);
        type_free(member->output);
        *member = (struct varlink_member){};
}

static int parse_member(struct parser *parser, struct varlink_member *member)
{
        if (take_word(parser, "type"))
                member->kind = VARLINK_TYPE;
        else if (take_word(parser, "method"))
                member->kind = VARLINK_METHOD;
        else if (take_word(parser, "error"))
                member->kind = VARLINK_ERROR;
        else
                return fail(parser, "\"type\", \"method\" or \"error\" is missing");

        int r = take_name(parser, &member->name);
        if (r < 0)
                return r;
        r = parse_brackets(parser, member->kind == VARLINK_TYPE, &member->type);
        if (r < 0 || member->kind != VARLINK_METHOD)
                return r;
        if (!take(parser, "->"))
                return fail(parser, "\"->\" is missing");
        return parse_brackets(parser, false, &member->output);
}

static int parse_members(struct parser *parser, struct varlink_interface *interface)
{
        for (skip_space(parser); parser->p < parser->end; skip_space(parser)) {
                _cleanup_(member_deinit) struct varlink_member member = {};

                int r = parse_member(parser, &member);
                if (r < 0)
                        return r;
                for (size_t i = 0; i < interface->n_members; i++)
                        if (strcmp(interface->members[i].name, member.name) == 0)
                                return fail(parser, "a name is described twice");

                struct varlink_member *members =
                        array_grow(interface->members, interface->n_members, sizeof(*members));
                if (!members)
                        return error_oom(parser->error);
                interface->members = members;
                members[interface->n_members++] = member;
                member = (struct varlink_member){};
        }
        return 0;
}

/* Lets every named type in @type point to what it names. */
static int resolve_type(const struct varlink_interface *interface, struct varlink_type *type,
                        struct error *error)
{
        if (!type)
                return 0;
        if (type->kind == VARLINK_NAMED) {
                type->named = varlink_interface_find(interface, VARLINK_TYPE, type->name);
                if (!type->named)
                        return error_set(error, EBADMSG,
                                         "The interface description does not describe type %s",
                                         type->name);
        }
        int r = resolve_type(interface, type->element, error);
        for (size_t i = 0; i < type->n_fields && r == 0; i++)
                r = resolve_type(interface, type->fields[i].type, error);
        return r;
}

static int parse_interface_name(struct parser *parser, char **ret)
{
        size_t n = 0;

        if (!take_word(parser, "interface"))
                return fail(parser, "\"interface\" is missing");
        skip_space(parser);
        while (n < (size_t)(parser->end - parser->p) &&
               (is_alphanumeric(parser->p[n]) || parser->p[n] == '.' || parser->p[n] == '-'))
                n++;
        if (!varlink_interface_name_is_valid(parser->p, n))
                return fail(parser, "the name of the interface is missing or wrong");
        return take_string(parser, n, ret);
}

int varlink_interface_parse(struct varlink_interface **ret, const char *text, size_t n,
                            struct error *error)
{
        struct parser parser = {.p = text, .end = text + n, .line = 1, .error = error};
        _cleanup_(varlink_interface_freep) struct varlink_interface *interface =
                calloc(1, sizeof(*interface));

        if (!interface)
                return error_oom(error);
        int r = parse_interface_name(&parser, &interface->name);
        if (r == 0)
                r = parse_members(&parser, interface);
        for (size_t i = 0; i < interface->n_members && r == 0; i++) {
                r = resolve_type(interface, interface->members[i].type, error);
                if (r == 0)
                        r = resolve_type(interface, interface->members[i].output, error);
        }
        if (r < 0)
                return r;
        *ret = TAKE_PTR(interface);
        return 0;
}

struct varlink_interface *varlink_interface_free(struct varlink_interface *interface)
{
        if (!interface)
                return NULL;
        for (size_t i = 0; i < interface->n_members; i++)
                member_deinit(&interface->members[i]);
        free(interface->members);
        free(interface->name);
        free(interface);
        return NULL;
}

const struct varlink_member *varlink_interface_find(const struct varlink_interface *interface,
                                                    enum varlink_member_kind kind, const char *name)
{
        for (size_t i = 0; i < interface->n_members; i++)
                if (interface->members[i].kind == kind &&
                    strcmp(interface->members[i].name, name) == 0)
                        return &interface->members[i];
        return NULL;
}
