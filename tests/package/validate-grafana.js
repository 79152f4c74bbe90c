// SPDX-License-Identifier: LGPL-2.1-or-later
// Holds a dashboard, as JSON on stdin, against Grafana's schema (@grafana/schema, of the npm registry, which has it
// as types of TypeScript), and prints what is wrong with it. Of its panels also what their kind has of its own.
"use strict";
const { createGenerator } = require("ts-json-schema-generator");
const Ajv = require("ajv");
const root = require.resolve("@grafana/schema/package.json").replace(/package\.json$/, "dist/types/raw");

function check(file, type, object, where) {
    const schema = createGenerator({ path: `${root}/${file}/x/types.gen.d.ts`, type, skipTypeCheck: true,
                                     additionalProperties: false }).createSchema(type);
    const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);
    if (!validate(object))
        for (const error of validate.errors)
            console.log(`${where}${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
}

const board = JSON.parse(require("fs").readFileSync(0, "utf8"));
// What only an export has: what is asked when it is imported.
delete board.__inputs;
delete board.__requires;
check("dashboard", "Dashboard", board, "");
board.panels.forEach((panel, i) => {
    const kind = `composable/${panel.type}/panelcfg`;
    check(kind, "Options", panel.options, `/panels/${i}/options`);
    if (panel.fieldConfig.defaults.custom)
        check(kind, "FieldConfig", panel.fieldConfig.defaults.custom, `/panels/${i}/fieldConfig/defaults/custom`);
});
