package errcode

import "strings"

// Stages that a code can speak of, spelled as in the playbooks.
const (
	stageSync    = "sync"
	stageScan    = "scan"
	stageInstall = "install"
)

// Stage returns the stage that the code speaks of whatever log it is seen in:
// "sync", "scan", "install", or "" for the many codes that any stage can meet.
// A Group Policy conflict reported by a deployment is the scan's. Downloads of
// content belong to install.
func (c Code) Stage() string {
	switch {
	case c.ofScan():
		return stageScan
	case c.ofInstall():
		return stageInstall
	case within(c.Value, 0x87D2040C, 0x87D20414): // WSUS and the software update point
		return stageSync
	}
	return ""
}

// EvaluationStage returns the stage that broke when the evaluation of a
// deployment ended with the code: as Stage, and the scan for network errors,
// because the scan is what an evaluation uses the network for.
func (c Code) EvaluationStage() string {
	if c.Family == famWinHTTP {
		return stageScan
	}
	return c.Stage()
}

func (c Code) ofScan() bool {
	v := c.Value
	return within(v, 0x87D00600, 0x87D00605) || within(v, 0x87D00629, 0x87D00633) ||
		within(v, 0x87D00691, 0x87D00695) || within(v, 0x80244000, 0x80244FFF) ||
		strings.HasPrefix(c.Name, "WU_E_PT_")
}

func (c Code) ofInstall() bool {
	v := c.Value
	switch v {
	case 0x87D00607, 0x87D00669, // no content
		0x80240022, 0x8024002C, 0x8024002D, 0x80240034, // all failed, source missing, download failed
		0x87D00653, 0x87D00654, 0x87D00655, 0x87D00660, 0x87D00662, 0x87D00664, 0x87D00668, 0x87D00697,
		0x87D00704, 0x87D0070A, 0x87D0070B, 0x87D0070C, 0x87D0070D, 0x87D0070E, 0x87D0070F, 0x87D00712:
		return true
	}
	return c.Family == famMSI || c.Family == famCBS ||
		within(v, 0x87D01201, 0x87D01210) ||
		within(v, 0x80241000, 0x80242FFF) || within(v, 0x80246000, 0x80246FFF)
}

func within(v, lo, hi uint32) bool {
	return lo <= v && v <= hi
}
