package main

import (
	"os"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
)

// TestWindowsReadsTheVersion reads the properties of a program that was built: CI
// names it.
func TestWindowsReadsTheVersion(t *testing.T) {
	name := os.Getenv("PATCHTRACE_RELEASED")
	if name == "" {
		t.Skip("PATCHTRACE_RELEASED names no program")
	}
	size, err := windows.GetFileVersionInfoSize(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	info := make([]byte, size)
	if err := windows.GetFileVersionInfo(name, 0, size, unsafe.Pointer(&info[0])); err != nil {
		t.Fatal(err)
	}
	text := func(key string) string {
		var at *uint16
		var n uint32
		if err := windows.VerQueryValue(unsafe.Pointer(&info[0]), `\StringFileInfo\040904B0\`+key, unsafe.Pointer(&at), &n); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		return windows.UTF16PtrToString(at)
	}
	if text("ProductName") != "patchtrace" || text("ProductVersion") != os.Getenv("PATCHTRACE_VERSION") {
		t.Errorf("got %q, %q", text("ProductName"), text("ProductVersion"))
	}
	var fixed *windows.VS_FIXEDFILEINFO
	var n uint32
	if err := windows.VerQueryValue(unsafe.Pointer(&info[0]), `\`, unsafe.Pointer(&fixed), &n); err != nil || fixed.Signature != 0xFEEF04BD {
		t.Errorf("got %+v, %v", fixed, err)
	}
}
