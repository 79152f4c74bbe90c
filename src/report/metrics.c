/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/product.h"
#include "util/string-table.h"
#include "util/text-file.h"

#define PREFIX PRODUCT_INTERFACE "."

static const char *const format_names[_METRICS_FORMAT_MAX] = {
        [METRICS_PROMETHEUS] = "prometheus",
        [METRICS_OPENMETRICS] = "openmetrics",
};

const char *metrics_format_to_string(enum metrics_format format)
{
        return format < _METRICS_FORMAT_MAX ? format_names[format] : NULL;
}

int metrics_format_from_string(const char *s)
{
        return string_table_find(format_names, _METRICS_FORMAT_MAX, s);
}

static const char *const type_names[] = {
        [METRIC_GAUGE] = "gauge",
        [METRIC_COUNTER] = "counter",
        [METRIC_STRING] = "string",
};

/* What the name of a sample ends in. */
static const char *const suffixes[] = {
        [METRIC_GAUGE] = "",
        [METRIC_COUNTER] = "_total",
        [METRIC_STRING] = "_info",
};

struct text_sink {
        struct metric_sink sink;
        FILE *f;
};

/* A label's value, as both formats want it. */
static void print_quoted(FILE *f, const char *value)
{
        putc('"', f);
        for (const char *p = value; *p; p++) {
                if (*p == '\\' || *p == '"')
                        putc('\\', f);
                if (*p == '\n')
                        fputs("\\n", f);
                else
                        putc(*p, f);
        }
        putc('"', f);
}

static int take_text(struct metric_sink *sink, const struct metric_family *family, const char *text,
                     uint64_t value)
{
        FILE *f = ((struct text_sink *)sink)->f;

        fprintf(f, "%s%s", family->open_name, suffixes[family->type]);
        if (text) {
                fprintf(f, "{%s=", family->label);
                print_quoted(f, text);
                putc('}', f);
        }
        if (family->seconds)
                fprintf(f, " %" PRIu64 ".%06" PRIu64 "\n", value / USEC_PER_SEC,
                        value % USEC_PER_SEC);
        else
                fprintf(f, " %" PRIu64 "\n", value);
        return 0;
}

static void print_head(FILE *f, const struct metric_family *family, enum metrics_format format)
{
        bool open = format == METRICS_OPENMETRICS, info = family->type == METRIC_STRING;
        const char *suffix = open ? "" : suffixes[family->type];

        fprintf(f, "# HELP %s%s %s.\n", family->open_name, suffix, family->description);
        fprintf(f, "# TYPE %s%s %s\n", family->open_name, suffix,
                !info  ? type_names[family->type]
                : open ? "info"
                       : type_names[METRIC_GAUGE]);
        if (open && family->seconds)
                fprintf(f, "# UNIT %s seconds\n", family->open_name);
}

char *metrics_text(const struct metrics_source *source, enum metrics_format format)
{
        struct text_buffer buffer;
        int r = 0;
        FILE *f = text_file_open(&buffer);
        if (!f)
                return NULL;
        struct text_sink sink = {{take_text}, f};

        for (size_t i = 0; r >= 0 && i < n_metrics_families; i++) {
                const struct metric_family *family = &metrics_families[i];
                print_head(f, family, format);
                r = family->collect(family, source, &sink.sink);
        }
        if (format == METRICS_OPENMETRICS)
                fputs("# EOF\n", f);
        char *text = text_file_close(f, &buffer, NULL);
        if (r >= 0)
                return text;
        free(text);
        return NULL;
}

struct json_sink {
        struct metric_sink sink;
        json_t *array;
};

static int take_json(struct metric_sink *sink, const struct metric_family *family, const char *text,
                     uint64_t value)
{
        json_t *array = ((struct json_sink *)sink)->array;
        bool is_string = family->type == METRIC_STRING;
        json_auto_t *o = json_pack("{s:s+}", "name", PREFIX, family->name);

        if (!o ||
            (text && family->of_object &&
             json_object_set_new(o, "object", json_string(text)) < 0) ||
            (text && !family->of_object && !is_string &&
             json_object_set_new(o, "fields", json_pack("{ss}", family->label, text)) < 0) ||
            json_object_set_new(o, "value",
                                is_string ? json_string(text) : json_integer((json_int_t)value)) <
                    0)
                return -ENOMEM;
        return json_array_append(array, o) < 0 ? -ENOMEM : 0;
}

json_t *metrics_json(const struct metrics_source *source)
{
        json_auto_t *array = json_array();
        struct json_sink sink = {{take_json}, array};

        for (size_t i = 0; array && i < n_metrics_families; i++)
                if (metrics_families[i].collect(&metrics_families[i], source, &sink.sink) < 0)
                        return NULL;
        return TAKE_PTR(array);
}

json_t *metrics_describe_json(void)
{
        json_auto_t *array = json_array();

        for (size_t i = 0; array && i < n_metrics_families; i++) {
                const struct metric_family *family = &metrics_families[i];
                if (json_array_append_new(array, json_pack("{s:s+, s:s, s:s}", "name", PREFIX,
                                                           family->name, "description",
                                                           family->description, "type",
                                                           type_names[family->type])) < 0)
                        return NULL;
        }
        return TAKE_PTR(array);
}
