// SPDX-License-Identifier: LGPL-2.1-or-later
// Holds one object of Kubernetes, as JSON on stdin, against its schema (kubernetes-models, of the npm registry),
// and prints what is wrong with it, or which of its fields the schema does not know.
"use strict";
const model = { DaemonSet: "apps/v1", ConfigMap: "v1", Namespace: "v1" };
const object = JSON.parse(require("fs").readFileSync(0, "utf8"));
const Model = require(`kubernetes-models/${model[object.kind]}/${object.kind}`)[object.kind];
try {
    new Model(object).validate();
} catch (error) {
    console.log(error.message);
    process.exit(1);
}
