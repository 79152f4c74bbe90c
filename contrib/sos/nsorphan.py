# SPDX-License-Identifier: LGPL-2.1-or-later
"""A plugin of sos(1): to sos/report/plugins/ of its Python package, then `sos report -o nsorphan`."""

from sos.report.plugins import IndependentPlugin, Plugin, PluginOpt


class Nsorphan(Plugin, IndependentPlugin):
    """Orphaned network namespaces: what nsorphand knows of them, and who holds them."""

    short_desc = "Orphaned network namespaces"
    plugin_name = "nsorphan"
    profiles = ("network", "container", "system")
    packages = ("nsorphand", "nsorphanctl")
    services = ("nsorphand",)

    option_list = [
        PluginOpt("command-lines", default=False, desc="have the command lines of holders in it, too"),
    ]

    def setup(self):
        self.add_copy_spec([
            "/etc/nsorphand",
            "/usr/lib/nsorphand",
        ])
        self.add_journal(units="nsorphand")
        with_command_lines = " --command-lines" if self.get_option("command-lines") else ""
        folder = self.get_cmd_output_path()
        self.add_cmd_output(f"nsorphanctl report{with_command_lines} {folder}/nsorphan.tar",
                            suggest_filename="nsorphanctl_report")
        self.add_cmd_output([
            "nsorphanctl status",
            "nsorphanctl list --by-holder",
            "nsorphanctl scan --all",
        ])
