package cli

import (
	"patchtrace/client"
	"patchtrace/pipeline"
	"patchtrace/tui"
)

// serviceStages are the stages that stand still without a service.
var serviceStages = map[string]string{
	"CcmExec": pipeline.Inventory, "Clisvc": pipeline.Inventory, "wuauserv": pipeline.Scan, "BITS": pipeline.Install, "Winmgmt": pipeline.Scan,
}

// machineFacts are what this computer says of its client and of itself.
func machineFacts(m *client.Machine) []tui.Fact {
	var facts []tui.Fact
	add := func(stage, label, value, note string, bad bool) {
		if value != "" {
			facts = append(facts, tui.Fact{Stage: stage, Label: label, Value: value, Note: note, Bad: bad})
		}
	}
	add(pipeline.Inventory, "Client version", m.Version, "", false)
	add(pipeline.Inventory, "Site", m.Site, "", false)
	for _, s := range m.Services {
		value := s.State
		if s.Disabled {
			value = "disabled, " + value
		}
		// wuauserv and BITS are started when they are needed.
		bad := s.Disabled || s.State != "running" && (s.Name == "CcmExec" || s.Name == "Clisvc" || s.Name == "Winmgmt")
		add(serviceStages[s.Name], "Service "+s.Name, value, s.Title, bad)
	}
	for _, what := range m.Restart {
		add(pipeline.Install, "Restart pending", "yes", what, true)
	}
	for _, dir := range m.LeftOut {
		add(pipeline.Scan, "Other logs of a client", dir, "not the folder in use; open it as a folder to look into it", false)
	}
	add(pipeline.Scan, "Windows", m.Windows, m.Zone, false)
	if !m.Elevated {
		add(pipeline.Scan, "Rights", "not an administrator's", "some logs, WMI and the stages' programs may refuse it", true)
	}
	return facts
}
