package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

const (
	short   = "Finds in which stage a patch was lost on its way to an SMS or Configuration Manager client"
	license = "MIT"
)

// writeManifests writes what winget and Scoop install the Windows programs by.
func (r *release) writeManifests(files []artifact) error {
	var windows []artifact
	for _, f := range files {
		if f.os == "windows" {
			windows = append(windows, f)
		}
	}
	if len(windows) == 0 {
		return nil
	}
	scoop, err := r.scoop(windows)
	if err != nil {
		return err
	}
	if err := r.write("scoop/patchtrace.json", scoop); err != nil {
		return err
	}
	id := r.publisher + ".patchtrace"
	for name, text := range r.winget(id, windows) {
		if err := r.write("winget/"+name, []byte(text)); err != nil {
			return err
		}
	}
	return nil
}

// scoopArchs and wingetArchs are what the two call Go's architectures.
var (
	scoopArchs  = map[string]string{"amd64": "64bit", "arm64": "arm64"}
	wingetArchs = map[string]string{"amd64": "x64", "arm64": "arm64"}
)

func (r *release) scoop(windows []artifact) ([]byte, error) {
	type download struct {
		URL  string `json:"url"`
		Hash string `json:"hash"`
	}
	archs := map[string]download{}
	for _, f := range windows {
		// What follows the number sign is the name that the file gets.
		archs[scoopArchs[f.arch]] = download{r.url + "/" + f.name + "#/patchtrace.exe", f.sum}
	}
	data, err := json.MarshalIndent(struct {
		Version      string              `json:"version"`
		Description  string              `json:"description"`
		Homepage     string              `json:"homepage"`
		License      string              `json:"license"`
		Architecture map[string]download `json:"architecture"`
		Bin          string              `json:"bin"`
	}{r.version, short, r.url, license, archs, "patchtrace.exe"}, "", "    ")
	return append(data, '\n'), err
}

// winget are the three files of a package, by name.
func (r *release) winget(id string, windows []artifact) map[string]string {
	head := func(kind string) string {
		return fmt.Sprintf("# yaml-language-server: $schema=https://aka.ms/winget-manifest.%s.1.6.0.schema.json\n\nPackageIdentifier: %s\nPackageVersion: %s\n", strings.ToLower(kind[:1])+kind[1:], id, r.version)
	}
	foot := func(kind string) string {
		return "ManifestType: " + strings.ToLower(kind[:1]) + kind[1:] + "\nManifestVersion: 1.6.0\n"
	}
	var installers strings.Builder
	installers.WriteString(head("Installer"))
	fmt.Fprintf(&installers, "MinimumOSVersion: 10.0.0.0\nInstallerType: portable\nCommands:\n- patchtrace\nReleaseDate: %s\nInstallers:\n", r.date.Format(time.DateOnly))
	for _, f := range windows {
		fmt.Fprintf(&installers, "- Architecture: %s\n  InstallerUrl: %s/%s\n  InstallerSha256: %s\n", wingetArchs[f.arch], r.url, f.name, strings.ToUpper(f.sum))
	}
	installers.WriteString(foot("Installer"))
	return map[string]string{
		id + ".yaml":           head("Version") + "DefaultLocale: en-US\n" + foot("Version"),
		id + ".installer.yaml": installers.String(),
		id + ".locale.en-US.yaml": head("DefaultLocale") + fmt.Sprintf(
			"PackageLocale: en-US\nPublisher: %s\nPackageName: patchtrace\nPackageUrl: %s\nLicense: %s\nShortDescription: %s\n", r.publisher, r.url, license, short,
		) + foot("DefaultLocale"),
	}
}
