package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
)

// Kinds of resources, and the language of all of them: English, in Unicode.
const (
	kindVersion  = 16
	kindManifest = 24
	language     = 0x0409
	codePage     = 0x04B0
)

// resource is something that Windows reads in a program's file.
type resource struct {
	kind uint32
	data []byte
}

// manifest tells Windows to start the program with the rights of who starts it, that
// it knows Windows 10 and later, and that it can use long paths.
const manifest = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0">
  <trustInfo xmlns="urn:schemas-microsoft-com:asm.v3"><security><requestedPrivileges><requestedExecutionLevel level="asInvoker" uiAccess="false"/></requestedPrivileges></security></trustInfo>
  <compatibility xmlns="urn:schemas-microsoft-com:compatibility.v1"><application><supportedOS Id="{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}"/></application></compatibility>
  <application xmlns="urn:schemas-microsoft-com:asm.v3"><windowsSettings><longPathAware xmlns="http://schemas.microsoft.com/SMI/2016/WindowsSettings">true</longPathAware></windowsSettings></application>
</assembly>
`

// resources are those of a program for Windows.
func (r *release) resources() []resource {
	return []resource{{kindVersion, r.versionInfo()}, {kindManifest, []byte(manifest)}}
}

// versionInfo is what the file's properties show.
func (r *release) versionInfo() []byte {
	var n [4]uint16
	plain, _, _ := strings.Cut(r.version, "-")
	fmt.Sscanf(plain, "%d.%d.%d", &n[0], &n[1], &n[2]) // its form was checked
	high, low := uint32(n[0])<<16|uint32(n[1]), uint32(n[2])<<16
	fixed := le(
		uint32(0xFEEF04BD), uint32(0x00010000), // signature, version of the structure
		high, low, high, low, // of the file, of the product
		uint32(0x3F), uint32(0), // flags
		uint32(0x00040004), uint32(1), uint32(0), // for Windows NT, an application
		uint32(0), uint32(0), // no date
	)
	var texts [][]byte
	for _, t := range [][2]string{
		{"CompanyName", r.publisher},
		{"FileDescription", short},
		{"FileVersion", r.version},
		{"InternalName", "patchtrace"},
		{"LegalCopyright", "Copyright (c) the patchtrace authors; " + license + " license"},
		{"OriginalFilename", "patchtrace.exe"},
		{"ProductName", "patchtrace"},
		{"ProductVersion", r.version},
	} {
		value := wide(t[1])
		texts = append(texts, block(t[0], 1, len(value)/2, value))
	}
	table := block(fmt.Sprintf("%04X%04X", language, codePage), 1, 0, nil, texts...)
	translation := le(uint16(language), uint16(codePage))
	return block("VS_VERSION_INFO", 0, len(fixed), fixed,
		block("StringFileInfo", 1, 0, nil, table),
		block("VarFileInfo", 1, 0, nil, block("Translation", 0, len(translation), translation)))
}

// block is a part of version information: its length, that of its value, whether it
// is text, its name, its value, and the parts below it.
func block(name string, text uint16, size int, value []byte, below ...[]byte) []byte {
	b := append(le(uint16(0), uint16(size), text), wide(name)...)
	b = append(aligned(b, 4), value...)
	for _, part := range below {
		b = append(aligned(b, 4), part...)
	}
	binary.LittleEndian.PutUint16(b, uint16(len(b)))
	return b
}

// wide is a text in UTF-16 with its end.
func wide(s string) []byte { return le(utf16.Encode([]rune(s + "\x00"))) }

func le(values ...any) []byte {
	var b bytes.Buffer
	for _, v := range values {
		_ = binary.Write(&b, binary.LittleEndian, v) // numbers, to memory
	}
	return b.Bytes()
}

func aligned(b []byte, to int) []byte {
	for len(b)%to != 0 {
		b = append(b, 0)
	}
	return b
}

// machines are a kind of processor in an object file, and its kind of relocation to
// an address in the program.
var machines = map[string]struct{ machine, relocation uint16 }{
	"amd64": {0x8664, 3},
	"arm64": {0xAA64, 2},
}

// object is an object file with the resources, which the linker puts into a program.
// They are of different kinds, in ascending order, and have the number 1.
func object(arch string, list []resource) []byte {
	m := machines[arch]
	section, places := resourceSection(list)
	const header, sectionHeader = 20, 40
	relocations := header + sectionHeader + len(section)
	symbols := relocations + 10*len(places)
	b := le(
		m.machine, uint16(1), uint32(0), uint32(symbols), uint32(1), uint16(0), uint16(0),
		[]byte(".rsrc\x00\x00\x00"), uint32(0), uint32(0), uint32(len(section)), uint32(header+sectionHeader),
		uint32(relocations), uint32(0), uint16(len(places)), uint16(0), uint32(0x40000040), // initialised, readable
	)
	b = append(b, section...)
	for _, at := range places {
		b = append(b, le(uint32(at), uint32(0), m.relocation)...)
	}
	const static = 3
	b = append(b, le([]byte(".rsrc\x00\x00\x00"), uint32(0), uint16(1), uint16(0), uint8(static), uint8(0))...)
	return append(b, le(uint32(4))...) // no more names
}

// resourceSection is a tree of kind, number and language, and the places in it that
// hold an address.
func resourceSection(list []resource) (section []byte, places []int) {
	const directory, entry, leaf, deeper = 16, 8, 16, 1 << 31
	n := len(list)
	folder := func(entries int) []byte { return le(uint32(0), uint32(0), uint32(0), uint16(0), uint16(entries)) }
	names := directory + n*entry             // folders of one entry
	languages := names + n*(directory+entry) // as many again
	leaves := languages + n*(directory+entry)
	b := folder(n)
	for i, r := range list {
		b = append(b, le(r.kind, uint32(deeper|(names+i*(directory+entry))))...)
	}
	for i := range list {
		b = append(b, append(folder(1), le(uint32(1), uint32(deeper|(languages+i*(directory+entry))))...)...)
	}
	for i := range list {
		b = append(b, append(folder(1), le(uint32(language), uint32(leaves+i*leaf))...)...)
	}
	at := leaves + n*leaf
	for _, r := range list {
		places = append(places, len(b))
		b = append(b, le(uint32(at), uint32(len(r.data)), uint32(0), uint32(0))...)
		at += len(aligned(bytes.Clone(r.data), 8))
	}
	for _, r := range list {
		b = append(b, aligned(bytes.Clone(r.data), 8)...)
	}
	return b, places
}
