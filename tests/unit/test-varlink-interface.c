/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-varlink.h"

#include <jansson.h>

#include "varlink/check.h"
#include "varlink/interface.h"

static const char sample[] = "# A comment before.\n"
                             "interface org.example.more-than\n"
                             "\n"
                             "# Colours\n"
                             "type Color (red, green, dark_blue)\n"
                             "type Tree (value: int, left: ?Tree, right: ?Tree)\r\n"
                             "\tmethod All(\n"
                             "  # comment inside\n"
                             "  b: ?bool, i: ?int, f: ?float, s: ?string, o: ?object, x: ?any,\n"
                             "  list: ?[]int, map: ?[string][]string, tree: ?Tree, color: ?Color,\n"
                             "  anonymous: ?(a: int, b: ?(one, two)), must: string\n"
                             ") -> (ok: bool)\n"
                             "method Nothing()->()\n"
                             "error Broken (why: string)";

static struct varlink_interface *parsed(void)
{
        struct varlink_interface *interface = NULL;
        struct error error = {};

        if (varlink_interface_parse(&interface, sample, strlen(sample), &error) < 0)
                fail_msg("%s", error.text);
        return interface;
}

static void members_in_order(void **state)
{
        _cleanup_(varlink_interface_freep) struct varlink_interface *interface = parsed();
        static const char *const names[] = {"Color", "Tree", "All", "Nothing", "Broken"};

        assert_string_equal(interface->name, "org.example.more-than");
        assert_int_equal(interface->n_members, ARRAY_SIZE(names));
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                assert_string_equal(interface->members[i].name, names[i]);
        assert_non_null(varlink_interface_find(interface, VARLINK_METHOD, "Nothing"));
        assert_null(varlink_interface_find(interface, VARLINK_METHOD, "Color"));
        assert_null(varlink_interface_find(interface, VARLINK_ERROR, "Other"));
}

static void types(void **state)
{
        _cleanup_(varlink_interface_freep) struct varlink_interface *interface = parsed();
        const struct varlink_member *all = varlink_interface_find(interface, VARLINK_METHOD, "All");
        const struct varlink_member *color =
                varlink_interface_find(interface, VARLINK_TYPE, "Color");
        static const enum varlink_kind kinds[] = {
                VARLINK_BOOL,   VARLINK_INT,   VARLINK_FLOAT,  VARLINK_STRING,
                VARLINK_OBJECT, VARLINK_ANY,   VARLINK_ARRAY,  VARLINK_MAP,
                VARLINK_NAMED,  VARLINK_NAMED, VARLINK_STRUCT,
        };

        assert_int_equal(color->type->kind, VARLINK_ENUM);
        assert_int_equal(color->type->n_fields, 3);
        assert_string_equal(color->type->fields[2].name, "dark_blue");
        assert_int_equal(all->type->n_fields, ARRAY_SIZE(kinds) + 1);
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                assert_int_equal(all->type->fields[i].type->kind, VARLINK_MAYBE);
                assert_int_equal(all->type->fields[i].type->element->kind, kinds[i]);
        }
        assert_ptr_equal(all->type->fields[9].type->element->named, color);
        assert_int_equal(all->output->fields[0].type->kind, VARLINK_BOOL);
}

static void what_is_no_description(void **state)
{
        static const struct {
                const char *text;
                const char *sentence;
        } bad[] = {
                {"", "\"interface\" is missing"},
                {"interfaces a.b", "\"interface\" is missing"},
                {"interface a", "name of the interface"},
                {"interface 1.b", "name of the interface"},
                {"interface a..b", "name of the interface"},
                {"interface a.-b", "name of the interface"},
                {"interface a.b.", "name of the interface"},
                {"interface a.b\nnonsense", "\"type\", \"method\""},
                {"interface a.b\n\ntype low (a: int)", "Line 3"},
                {"interface a.b\ntype A", "opening bracket"},
                {"interface a.b\ntype A int", "opening bracket"},
                {"interface a.b\ntype A (", "field"},
                {"interface a.b\ntype A (a: int", "closing bracket"},
                {"interface a.b\ntype A (a: int,)", "field is missing"},
                {"interface a.b\ntype A (a: int, a: int)", "twice"},
                {"interface a.b\ntype A (a, b: int)", "no type"},
                {"interface a.b\ntype A (a: int, b)", "no type"},
                {"interface a.b\ntype A (a: ??int)", "optional twice"},
                {"interface a.b\ntype A (a: B)", "describe type B"},
                {"interface a.b\nmethod A() -> (a: []B)", "describe type B"},
                {"interface a.b\ntype A (a: integer)", "capital"},
                {"interface a.b\ntype A ()\ntype A ()", "described twice"},
                {"interface a.b\nmethod A()", "->"},
                {"interface a.b\nmethod A(a, b) -> ()", "no types"},
                {"interface a.b\nerror A (a, b)", "no types"},
                {"interface a.b\ntype A (a_: int)", "closing bracket"},
        };

        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                struct varlink_interface *interface = NULL;
                struct error error = {};
                int r = varlink_interface_parse(&interface, bad[i].text, strlen(bad[i].text),
                                                &error);
                if (r != -EBADMSG || !strstr(error.text, bad[i].sentence))
                        fail_msg("%s: %i, %s", bad[i].text, r, error.text);
        }
}

static void depth_is_limited(void **state)
{
        char text[4096] = "interface a.b\ntype A (a: ";
        struct varlink_interface *interface = NULL;
        struct error error = {};

        for (unsigned i = 0; i < 1000; i++)
                strcat(text, "[]");
        strcat(text, "int)");
        assert_int_equal(varlink_interface_parse(&interface, text, strlen(text), &error), -EBADMSG);
        assert_non_null(strstr(error.text, "too deeply"));
}

static void parameters(void **state)
{
        _cleanup_(varlink_interface_freep) struct varlink_interface *interface = parsed();
        const struct varlink_type *type =
                varlink_interface_find(interface, VARLINK_METHOD, "All")->type;
        static const struct {
                const char *json;
                const char *wrong; /* NULL: none */
        } cases[] = {
                {"{'must':''}", NULL},
                {"{}", "must"},
                {"{'must':null}", "must"},
                {"{'must':1}", "must"},
                {"{'must':'', 'unknown':1}", "unknown"},
                {"{'must':'', 'unknown':null}", "unknown"},
                {"{'must':'', 'b':true}", NULL},
                {"{'must':'', 'b':null}", NULL},
                {"{'must':'', 'b':0}", "b"},
                {"{'must':'', 'i':9223372036854775807}", NULL},
                {"{'must':'', 'i':1.0}", "i"},
                {"{'must':'', 'i':'1'}", "i"},
                {"{'must':'', 'f':1.5}", NULL},
                {"{'must':'', 'f':1}", NULL},
                {"{'must':'', 'f':'1'}", "f"},
                {"{'must':'', 's':false}", "s"},
                {"{'must':'', 'o':{'x':[{}]}}", NULL},
                {"{'must':'', 'o':[]}", "o"},
                {"{'must':'', 'x':[1,'a']}", NULL},
                {"{'must':'', 'list':[]}", NULL},
                {"{'must':'', 'list':[1,2]}", NULL},
                {"{'must':'', 'list':[1,null]}", "list"},
                {"{'must':'', 'list':{}}", "list"},
                {"{'must':'', 'map':{'a':['x'],'b':[]}}", NULL},
                {"{'must':'', 'map':{'a':'x'}}", "map"},
                {"{'must':'', 'map':[]}", "map"},
                {"{'must':'', 'tree':{'value':1,'left':{'value':2,'right':null}}}", NULL},
                {"{'must':'', 'tree':{'value':1,'left':{}}}", "tree"},
                {"{'must':'', 'tree':{'value':1,'middle':{}}}", "tree"},
                {"{'must':'', 'color':'dark_blue'}", NULL},
                {"{'must':'', 'color':'blue'}", "color"},
                {"{'must':'', 'color':1}", "color"},
                {"{'must':'', 'anonymous':{'a':1,'b':'two'}}", NULL},
                {"{'must':'', 'anonymous':{'a':1,'b':'three'}}", "anonymous"},
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char text[256];
                strcpy(text, cases[i].json);
                for (char *p = text; *p; p++)
                        if (*p == '\'')
                                *p = '"';
                json_auto_t *json = json_loads(text, 0, NULL);
                const char *wrong = NULL;
                assert_non_null(json);
                int r = varlink_check(type, json, &wrong);
                if (r != (cases[i].wrong ? -EINVAL : 0))
                        fail_msg("%s: %i", text, r);
                if (cases[i].wrong)
                        assert_string_equal(wrong, cases[i].wrong);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(members_in_order),
                cmocka_unit_test(types),
                cmocka_unit_test(what_is_no_description),
                cmocka_unit_test(depth_is_limited),
                cmocka_unit_test(parameters),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
