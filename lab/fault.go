package lab

import (
	"slices"
	"strings"
)

// Fault is something that can be broken in a lab.
type Fault struct {
	Name string `json:"name"`
	// Stage is where the patch is lost then.
	Stage string `json:"stage"`
	// Cause is what is broken, for people.
	Cause string `json:"cause"`
	// Rule is the finding that a diagnosis must name first.
	Rule string `json:"rule"`
}

// Faults lists the faults of a product, in the order of the stages.
func Faults(product string) []Fault {
	var list []Fault
	for i := range faults {
		f := &faults[i]
		if rule := f.rule(product); rule != "" {
			list = append(list, Fault{Name: f.name, Stage: f.stage, Cause: f.cause, Rule: rule})
		}
	}
	return list
}

// fault is a Fault and how it is made.
type fault struct {
	name, stage, cause string
	// sms2003 and sms2 are the rules without the product in front; "" when the
	// product has no such thing to break.
	sms2003, sms2 string
	// before changes what the lab is made of, past makes its history, after breaks
	// what was made.
	before, past, after func(*builder)
}

func (f *fault) rule(product string) string {
	rule := f.sms2003
	if product == SMS2 {
		rule = f.sms2
	}
	if rule == "" {
		return ""
	}
	return product + "." + rule
}

func findFault(name string) *fault {
	i := slices.IndexFunc(faults, func(f fault) bool { return strings.EqualFold(f.name, name) })
	if i < 0 {
		return nil
	}
	return &faults[i]
}

// The ways to break something.

// onMachine changes machine.json.
func onMachine(f func(*machine)) func(*builder) {
	return func(b *builder) { b.try(change(b.Lab, fileMachine, f)) }
}

// onServers changes servers.json.
func onServers(f func(*serversFile)) func(*builder) {
	return func(b *builder) { b.try(change(b.Lab, fileServers, f)) }
}

// onSite changes site.json.
func onSite(f func(*siteFile)) func(*builder) {
	return func(b *builder) { b.try(change(b.Lab, fileSite, f)) }
}

// without removes files and folders.
func without(names ...string) func(*builder) {
	return func(b *builder) {
		for _, name := range names {
			b.try(b.root.RemoveAll(name))
		}
	}
}

// readOnly takes the right to write away.
func readOnly(names ...string) func(*builder) {
	return func(b *builder) {
		for _, name := range names {
			b.try(b.root.Chmod(name, 0o555))
		}
	}
}

// cut leaves the first part of a file.
func cut(name string) func(*builder) {
	return func(b *builder) {
		data, err := b.root.ReadFile(name)
		b.try(err)
		b.put(name, data[:len(data)*2/3], b.now)
	}
}

// forget takes a name out of the client's list.
func forget(host string) func(*builder) {
	return func(b *builder) {
		text, err := b.root.ReadFile(fileHosts)
		b.try(err)
		var kept []string
		for line := range strings.Lines(string(text)) {
			if !strings.Contains(line, host) {
				kept = append(kept, line)
			}
		}
		b.text(fileHosts, strings.Join(kept, ""))
	}
}

// dir turns a Windows path into one below the root. It is used for paths of the
// lab's own only.
func dir(windows string) string {
	rel, err := below(windows)
	if err != nil {
		panic("lab: " + err.Error())
	}
	return rel
}
