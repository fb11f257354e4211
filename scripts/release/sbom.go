package main

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"time"
)

// bom is a bill of materials in the form of CycloneDX 1.5.
type bom struct {
	Format       string       `json:"bomFormat"`
	Spec         string       `json:"specVersion"`
	Serial       string       `json:"serialNumber"`
	Version      int          `json:"version"`
	Metadata     bomMetadata  `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type bomMetadata struct {
	Timestamp string    `json:"timestamp"`
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	URL        string     `json:"purl"`
	Hashes     []bomHash  `json:"hashes,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type bomHash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn"`
}

// writeSBOM writes the bill of a program's materials: what the program itself says
// that it was built of.
func (r *release) writeSBOM(a *artifact) error {
	info, err := buildinfo.ReadFile(a.file)
	if err != nil {
		return fmt.Errorf("read what %s was built of: %w", a.name, err)
	}
	data, err := json.MarshalIndent(r.bill(a, info), "", "  ")
	if err != nil {
		return err
	}
	return r.write(a.name+".cdx.json", append(data, '\n'))
}

// bill is the same for the same program.
func (r *release) bill(a *artifact, info *debug.BuildInfo) bom {
	main := component{
		Type: "application", Name: info.Main.Path, Version: r.version, URL: purl(info.Main.Path, r.version),
		Hashes:     []bomHash{{"SHA-256", a.sum}},
		Properties: []property{{"file", a.name}, {"platform", a.os + "/" + a.arch}},
	}
	main.Ref = main.URL
	if r.commit != "" {
		main.Properties = append(main.Properties, property{"commit", r.commit})
	}
	b := bom{
		Format: "CycloneDX", Spec: "1.5", Version: 1, Serial: "urn:uuid:" + uuid(a.sum),
		Metadata:   bomMetadata{r.date.Format(time.RFC3339), main},
		Components: []component{module("std", info.GoVersion, "")},
	}
	for _, d := range info.Deps {
		if d.Replace != nil {
			d = d.Replace
		}
		b.Components = append(b.Components, module(d.Path, d.Version, d.Sum))
	}
	all := dependency{Ref: main.Ref}
	for _, c := range b.Components {
		all.DependsOn = append(all.DependsOn, c.Ref)
	}
	b.Dependencies = []dependency{all}
	return b
}

func module(path, version, sum string) component {
	c := component{Type: "library", Name: path, Version: version, URL: purl(path, version)}
	c.Ref = c.URL
	if sum != "" {
		c.Properties = []property{{"go.sum", sum}}
	}
	return c
}

func purl(path, version string) string { return "pkg:golang/" + path + "@" + version }

// uuid makes an identifier of a checksum, so that it is the same for the same
// program. Its version is 8: of a kind of its own.
func uuid(sum string) string {
	return sum[:8] + "-" + sum[8:12] + "-8" + sum[13:16] + "-a" + sum[17:20] + "-" + sum[20:32]
}
