package errcode

// A family is a set of codes with one origin. Those in the table are spelled
// as there; mdm and unknown are ours.
const (
	famWUA       = "wua"
	famCCM       = "ccm"
	famCCMServer = "ccm-server"
	famMDM       = "mdm"
	famWBEM      = "wbem"
	famMSI       = "msi"
	famWinHTTP   = "winhttp"
	famWin32     = "win32"
	famBITS      = "bits"
	famHTTP      = "http"
	famDO        = "do"
	famTrust     = "trust"
	famCOM       = "com"
	famCBS       = "cbs"
	famScript    = "script"
	famNTStatus  = "ntstatus"
	famUnknown   = "unknown"
)

// familyTitle returns the family in words.
func familyTitle(family string) string {
	switch family {
	case famWUA:
		return "Windows Update Agent"
	case famCCM:
		return "Configuration Manager client"
	case famCCMServer:
		return "Configuration Manager site server"
	case famMDM:
		return "mobile device management"
	case famWBEM:
		return "WMI"
	case famMSI:
		return "Windows Installer"
	case famWinHTTP:
		return "WinHTTP or WinINet"
	case famWin32:
		return "Windows system error"
	case famBITS:
		return "Background Intelligent Transfer Service"
	case famHTTP:
		return "HTTP status"
	case famDO:
		return "Delivery Optimization"
	case famTrust:
		return "signatures, certificates, secure channel"
	case famCOM:
		return "COM, RPC and general errors"
	case famCBS:
		return "component servicing"
	case famScript:
		return "script or old update web site"
	case famNTStatus:
		return "NTSTATUS of a process"
	}
	return "no known family"
}

// unchecked tells the families whose rows were written from experience and not
// compared with a published list.
func unchecked(family string) bool {
	return family == famCBS || family == famScript || family == famNTStatus
}

// span is a range of codes and what is common to them. The bounds are both
// part of it.
type span struct {
	lo, hi uint32
	family string
	// area completes the family's title: "Windows Update Agent, download manager".
	area string
}

// spans explain 32-bit codes that are not in the table, the first match
// counts: the narrow ranges stand before the wide ones that hold them.
var spans = []span{
	{0x80240000, 0x80240FFF, famWUA, "general"},
	{0x80241000, 0x80241FFF, famWUA, "Windows Installer handler"},
	{0x80242000, 0x80242FFF, famWUA, "update handler"},
	{0x80243000, 0x80243FFF, famWUA, "user interface"},
	{0x80244000, 0x80244FFF, famWUA, "protocol (SOAP, HTTP)"},
	{0x80245000, 0x80245FFF, famWUA, "redirector"},
	{0x80246000, 0x80246FFF, famWUA, "download manager"},
	{0x80247000, 0x80247FFF, famWUA, "offline scan package and metadata trust"},
	{0x80248000, 0x80248FFF, famWUA, "data store"},
	{0x80249000, 0x80249FFF, famWUA, "inventory"},
	{0x8024A000, 0x8024AFFF, famWUA, "Automatic Updates"},
	{0x8024B000, 0x8024BFFF, famWUA, "tasks and trust"},
	{0x8024C000, 0x8024CFFF, famWUA, "drivers"},
	{0x8024D000, 0x8024DFFF, famWUA, "agent setup"},
	{0x8024E000, 0x8024EFFF, famWUA, "applicability rules"},
	{0x8024F000, 0x8024FFFF, famWUA, "reporting"},
	{0x00240000, 0x0024FFFF, famWUA, "success"},

	{0x87D00200, 0x87D002FF, famCCM, "general"},
	{0x87D00300, 0x87D003FF, famCCM, "applications"},
	{0x87D00600, 0x87D007FF, famCCM, "software updates"},
	{0x87D00800, 0x87D008FF, famCCM, "multicast"},
	{0x87D01000, 0x87D011FF, famCCM, "program execution"},
	{0x87D01200, 0x87D012FF, famCCM, "content and cache"},
	{0x87D00000, 0x87D0FFFF, famCCM, ""},
	{0x07D00000, 0x07D0FFFF, famCCM, "success"},
	{0x87D10000, 0x87D1FFFF, famMDM, "not part of the update flow"},
	{0x87D20000, 0x87D2FFFF, famCCMServer, ""},

	{0x80041000, 0x80041FFF, famWBEM, ""},
	{0x80042000, 0x80042FFF, famWBEM, "event subscriptions"},
	{0x80044000, 0x80044FFF, famWBEM, "MOF compiler"},
	{0x80040000, 0x80040FFF, famCOM, "registration and activation"},
	{0x80040000, 0x8004FFFF, famCOM, "a component of its own"},

	{0x80200000, 0x8020FFFF, famBITS, ""},
	{0x00200000, 0x0020FFFF, famBITS, "success"},
	{0x80D00000, 0x80D0FFFF, famDO, ""},

	{0x800B0000, 0x800BFFFF, famTrust, "signatures and certificate chains"},
	{0x80092000, 0x80092FFF, famTrust, "certificates"},
	{0x80096000, 0x80096FFF, famTrust, "signatures"},
	{0x80090000, 0x8009FFFF, famTrust, "keys and secure channel"},

	{0x800F0000, 0x800FFFFF, famCBS, "the cause is in CBS.log"},
	{0x80130000, 0x8013FFFF, famCOM, ".NET exception; read the text behind it"},
	{0x80000000, 0x8000FFFF, famCOM, "general"},
	{0x80010000, 0x8001FFFF, famCOM, "remote calls"},
	{0x80020000, 0x8002FFFF, famCOM, "scripted calls"},
	{0x80080000, 0x8008FFFF, famCOM, "start of a COM server"},
	{0x800A0000, 0x800AFFFF, famScript, "script engine"},
	{0x8DDD0000, 0x8DDDFFFF, famScript, "old Windows Update web site"},

	{0xC0000000, 0xCFFFFFFF, famNTStatus, "often a crash"},
}

// win32Spans explain plain numbers that are not in the table, and HRESULTs of
// facility 7 that carry such a number.
var win32Spans = []span{
	{1601, 1654, famMSI, ""},
	{10000, 11999, famWin32, "Winsock"},
	{12001, 12184, famWinHTTP, ""},
	{14000, 14999, famCBS, "the cause is in CBS.log"},
	{0, 0xFFFF, famWin32, ""},
}

// find returns the first span that holds v.
func find(spans []span, v uint32) (span, bool) {
	for _, s := range spans {
		if s.lo <= v && v <= s.hi {
			return s, true
		}
	}
	return span{}, false
}
