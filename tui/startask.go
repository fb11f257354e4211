package tui

import (
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// given is what is written into a prompt at first: what could not be opened last.
func (s *startScreen) given(kind PlaceKind) string {
	if s.failedErr != nil && s.failed.Kind == kind {
		return s.failed.Path
	}
	return ""
}

// askHost asks which computer.
func (s *startScreen) askHost() tea.Cmd {
	help := `The name of the computer, or \\name. Its logs are read through its share admin$: that needs an administrator of it.`
	return say(dialogWantedMsg{dialog: s.newPrompt("Another computer", help, s.given(Remote), checkHost, func(v string) tea.Cmd {
		return say(openWantedMsg{Place{Kind: Remote, Path: hostPath(v)}})
	})})
}

// hostPath is `\\host`, however the host was typed.
func hostPath(v string) string { return `\\` + strings.Trim(strings.TrimSpace(v), `\/`) }

func checkHost(v string) error {
	name := strings.TrimPrefix(hostPath(v), `\\`)
	switch {
	case name == "":
		return errors.New(`no name: type the name of a computer, such as \\WKS-0417`)
	case strings.ContainsAny(name, `\/`):
		return fmt.Errorf(`%s is a folder of a computer: type the name only, or go back and choose "A folder"`, hostPath(v))
	case strings.ContainsAny(name, " \t:*?\"<>|"):
		return fmt.Errorf("%s cannot be the name of a computer: type a name such as WKS-0417, or an address", name)
	}
	return nil
}

// askFolder asks for the folder of logs.
func (s *startScreen) askFolder() tea.Cmd {
	help := "The path of a folder with logs of a client. Folders in it are read too."
	return say(dialogWantedMsg{dialog: s.newPrompt("A folder of logs", help, s.given(Folder), checkPath, func(v string) tea.Cmd {
		return say(openWantedMsg{Place{Kind: Folder, Path: unquoted(v)}})
	})})
}

// askZip asks for an archive.
func (s *startScreen) askZip() tea.Cmd {
	help := "The path of a .zip with logs of a client. Nothing is unpacked to disk."
	check := func(v string) error {
		if err := checkPath(v); err != nil {
			return err
		}
		if !strings.HasSuffix(strings.ToLower(unquoted(v)), ".zip") {
			return fmt.Errorf("%s is not named .zip: type the path of a .zip, or unpack it and open the folder", unquoted(v))
		}
		return nil
	}
	return say(dialogWantedMsg{dialog: s.newPrompt("A .zip of logs", help, s.given(Zip), check, func(v string) tea.Cmd {
		return say(openWantedMsg{Place{Kind: Zip, Path: unquoted(v)}})
	})})
}

func checkPath(v string) error {
	if unquoted(v) == "" {
		return errors.New("no path: type or paste one, or press Esc")
	}
	return nil
}

// unquoted drops the quotes that "Copy as path" of Windows puts around a path.
func unquoted(v string) string { return strings.Trim(strings.TrimSpace(v), `"`) }
