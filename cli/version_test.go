package cli

import (
	"runtime/debug"
	"testing"
)

func TestBuild(t *testing.T) {
	vcs := []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.modified", Value: "true"}}
	tests := []struct {
		name            string
		info            debug.BuildInfo
		version, commit string
		want            string
	}{
		{name: "what the linker was told wins", info: debug.BuildInfo{Main: debug.Module{Version: "v0.9.0"}, Settings: vcs}, version: "1.2.3", commit: "abc", want: "1.2.3 (commit abc)"},
		{name: "a module that was installed", info: debug.BuildInfo{Main: debug.Module{Version: "v0.9.0"}}, want: "v0.9.0"},
		{name: "a checkout with changes", info: debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: vcs}, want: "devel (commit 0123456789ab, modified)"},
		{name: "nothing is known", want: "devel"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := buildOf(&tt.info, tt.version, tt.commit).String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
