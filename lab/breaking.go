package lab

import (
	"encoding/json"
	"io"
	"path"
	"time"

	"patchtrace/lab/practice"
)

// toolFolders are the folders that hold a track's tool.
func (b *builder) toolFolders(track string) []string {
	pkg := packageOf(track)
	return []string{dir(uncPackageSource(track)), dir(uncDistributionPoint(pkg)), path.Join(dirVPCache, pkg)}
}

// everywhere does something to a file of the Security tool, wherever it lies.
func (b *builder) everywhere(name string, do func(...string) func(*builder)) {
	for _, d := range b.toolFolders(trackSecurity) {
		do(path.Join(d, name))(b)
	}
}

// synced puts the current catalogue where a sync has it.
func (b *builder) synced() {
	for _, track := range []string{trackSecurity, trackOffice} {
		for _, folder := range []string{uncPackageSource(track), uncDistributionPoint(packageOf(track))} {
			b.publish(path.Join(dir(folder), langUS, cabName), track, practice.Current(b.now))
		}
	}
}

// somePatch is the file of a patch that this client needs.
func (b *builder) somePatch() string { return "Q990101.exe" }

// exitCode makes a patch end with a code.
func (b *builder) exitCode(code int) {
	name := path.Join(b.contentDir(), b.somePatch())
	var p practicePatch
	text, err := b.root.ReadFile(name)
	b.try(err)
	b.try(json.Unmarshal(text, &p))
	p.ExitCode = code
	b.json(name, p)
}

// once takes the second start from the schedule of advertised programs.
func (b *builder) once(ads ...string) {
	onMachine(func(m *machine) {
		for _, id := range ads {
			m.Programs[id].Recurs = false
		}
	})(b)
}

// rehearse runs stages for real, at another time: what they leave is the past of
// the lab.
func (b *builder) rehearse(when time.Duration, stages ...string) {
	if b.err != nil {
		return
	}
	b.cfg.Ahead = Span(when)
	b.try(b.save(fileLab, b.cfg))
	servers, err := b.Serve()
	b.try(err)
	if err != nil {
		return
	}
	defer func() {
		servers.Close()
		b.cfg.Ahead = 0
		b.try(b.root.Remove(fileLab)) // it is written when the lab is whole
	}()
	for _, stage := range stages {
		for _, track := range []string{trackSecurity, trackOffice} {
			program, args, folder := b.commandOf(stage, track)
			code, err := b.execute(program, args, folder, io.Discard)
			b.try(err)
			if code != 0 {
				b.try(says("the rehearsal of %s ended with %d", program, code))
			}
		}
	}
}

// commandOf is the command line of sync or scan.
func (b *builder) commandOf(stage, track string) (program string, args []string, folder string) {
	pkg := packageOf(track)
	if stage == "sync" {
		args = []string{"/s", "/site", siteServer, "/code", siteCode, "/target", uncPackageSource(track), "/package", pkg}
		return "SyncXML.exe", args, dir(uncDistributionPoint(pkg))
	}
	return b.scanTool(track), []string{"/s", "/cache"}, path.Join(dirVPCache, pkg)
}
