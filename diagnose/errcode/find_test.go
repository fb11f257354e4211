package errcode

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	tests := []struct {
		name, msg string
		want      []uint32
	}{
		{"hex after Error =", "Scan failed with error = 0x8024401c.", []uint32{0x8024401C}},
		{"hex without a word", "Error retrieving manifest (0x800704cf).  Will attempt retry 140 in 3600 seconds.", []uint32{0x800704CF}},
		{"hex right after a letter-free sign", "Scan Failed with Error=0x80240438", []uint32{0x80240438}},
		{"sign-extended", "result 0xffffffff80240017 for it", []uint32{0x80240017}},
		{"hr= without prefix", "GetUpdateMetadata2 failed, hr=8007000E", []uint32{0x8007000E}},
		{"hr= of a success code", "done, hr=00240005", []uint32{0x00240005}},
		{"signed decimal after a variable", "RaiseEnforcementStateMessage, m_hrError = -2016410012", []uint32{0x87D00664}},
		{"signed decimal in parentheses", "Failed to set Subscriptions on the WSUS Server. Error(-2147467259)Unspecified error", []uint32{0x80004005}},
		{"signed decimal without a word", "The call ended with -2147217405 on the client", []uint32{0x80041003}},
		{"signed small number after a word", "terminated with exit code -1", []uint32{0xFFFFFFFF}},
		{"unsigned decimal after a word", "failed with error 2147749890", []uint32{0x80041002}},
		{"unsigned decimal that is a row", "Win32_Class: 2147749890", []uint32{0x80041002}},
		{"hex and signed decimal are one", "returned error code 0x87D00669(-2016410007).", []uint32{0x87D00669}},
		{"decimal and hex are one", "failed, error -2147217405 (0x80041003)", []uint32{0x80041003}},
		{"number and HRESULT are one", "exit code 1603 (0x80070643)", []uint32{0x80070643}},
		{"a mapping names both in order", "GetDirectoryList_HTTP mapping original error 0x80072efd to 0x800704cf.", []uint32{0x80072EFD, 0x800704CF}},
		{"a mapping of decimals", "mapping original error 12029 to 1231", []uint32{12029, 1231}},
		{"short hex", "Failed to send request at host dp01.example.test, error 0x2efd", []uint32{12029}},
		{"Code= and its constant", "Port=80, Options=480, Code=12029, Text=ERROR_WINHTTP_CANNOT_CONNECT", []uint32{12029}},
		{"(#0x5)", "*** Hardware Inventory Agent - Error launching (#0x5)", []uint32{5}},
		{"(#0x3EB)", "*** Data Provider - Error launching (#0x3EB)~", []uint32{1003}},
		{"Error : n", "Unable to launch program - Error : 1314", []uint32{1314}},
		{"parentheses end a complaint", `ACCOUNT MGR : ERROR: NetUserGetLocalGroups failed for user DOM\ANNA (1722)`, []uint32{1722}},
		{"parentheses end a complaint with a tilde", "ERROR: Could not get the name of the group on server (122)~", []uint32{122}},
		{"parentheses end a complaint with an exclamation mark", "ERROR: not authorised to run this application! (5)~", []uint32{5}},
		{"parentheses end a sentence", "!!!WARNING: Problem starting App (5). Doing App Verify.", []uint32{5}},
		{"returned in a complaint", "ERROR: AppVerify(Hardware Inventory Agent) returned 232", []uint32{232}},
		{"Win32 =", "Cannot open the file. Win32 = 2", []uint32{2}},
		{"return code without blank", "return code =1060", []uint32{1060}},
		{"return code and exit code", "Return code = 0x80070643; Fatal error.~~; Program 'x.exe' terminated with exit code = 1603.~", []uint32{0x80070643, 1603}},
		{"return code in short hex", "Return code = 0x525; The specified user does not exist.", []uint32{1317}},
		{"exit code in words", "The exit code is 1603, the execution status is FailureNonRetry", []uint32{1603}},
		{"exit code 0", "The exit code is 0, the execution status is Success", []uint32{0}},
		{"several in one line", "type=3, requiresReboot=1, installerError=0, hr=0x0", []uint32{0, 0}},
		{"success in eight digits", "finished installing (0x00000000), Reboot Required? Yes", []uint32{0}},
		{"success in one digit", "finished installing (0x0), Reboot Required? Yes", []uint32{0}},
		{"success code of a family", "CScanJob ended, 0x07D00635", []uint32{0x07D00635}},
		{"HTTP status", "The request failed with HTTP status 502: Bad Gateway.", []uint32{0x801901F6}},
		{"HTTP Status", "HTTP Status 401", []uint32{0x80190191}},
		{"StatusCode", "[CCMHTTP] ERROR INFO: StatusCode=503 StatusText=Service Unavailable", []uint32{0x801901F7}},
		{"status of a remote server", "The remote server returned an error: (407) Proxy Authentication Required.", []uint32{0x80190197}},
		{"HttpSendRequest with a status", "HttpSendRequest failed 502", []uint32{0x801901F6}},
		{"HttpSendRequest with a number", "HttpSendRequest failed 12029", []uint32{12029}},
		{"STATMSG", `STATMSG: ID=6703 SEV=E LEV=M PID=432 TID=3404 NUMATTRS=0 LE=0X8013150a`, []uint32{0x8013150A}},
		{"GetLastError()", "CreateProcess failed, GetLastError() = 740", []uint32{740}},
		{"XML element", "<ErrorCode>1612</ErrorCode>", []uint32{1612}},
		{"crash", "CLIEXCEPT Exception Type : 0xc0000005 Exception Address : 0x408f56", []uint32{0xC0000005}},
		{"crash without prefix", "unhandled exception C0000005 in the agent", []uint32{0xC0000005}},
		{"exit code of a crash", "exit code 0xE0434352", []uint32{0xE0434352}},
		{"error and number at the start", "ERROR 1018 - Cannot register the agent", []uint32{1018}},
		{"after text that is not ASCII", "Fehler\u00a00x80070005 während der Prüfung", []uint32{0x80070005}},
		{"short hex of an HTTP status", "HTTP status 0x193", []uint32{0x80190193}},
		{"short hex returned in a complaint", "Error: the call returned 0x5", []uint32{5}},
		{"short hex after a failed request", "HttpSendRequest failed 0x2EE2", []uint32{12002}},
		{"HTTP error", "HTTP error 503", []uint32{0x801901F7}},
		{"HTTP response code", "HTTP response code 401", []uint32{0x80190191}},
		{"HTTP error that is a WinHTTP number", "HTTP error 12002", []uint32{12002}},
		{"client error", "client error 1603", []uint32{1603}},
		{"error code of another kind", "error number is 1326", []uint32{1326}},
		{"soap status", "error = 0x8024400E, soap client error = 7, soap error code = 400, HTTP status code = 200", []uint32{0x8024400E, 0x80190190}},
		{"after Job Result", "Installation job encountered some failures. Job Result = 0x80240022.", []uint32{0x80240022}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := values(Find(tt.msg)); !slices.Equal(got, tt.want) {
				t.Errorf("Find(%q) = %#x, want %#x", tt.msg, got, tt.want)
			}
		})
	}
}

// TestFindIgnores holds facts/error-codes.md section 4 and the numbers that
// stand in every log.
func TestFindIgnores(t *testing.T) {
	for _, msg := range []string{
		"",
		"WARNING - Attempting to resync due to missed delta reports (sp return code = 7)",
		"Task 'Update' completed successfully after running for 15 seconds, with status 8.",
		"Error sending DAV request. HTTP code 600, status ''",
		"HTTP status code = 200",
		"StateId = 4, StateName = ASSIGNMENT_ENFORCE_SUCCESS",
		"TopicType = Enforce, StateId = 8",
		"STATMSG: ID=6703 SEV=E PID=432 TID=3404 NUMATTRS=0",
		"status message 10002, then 11411",
		"update/insert result = 2",
		"An event has occurred, the event code is: 0x1",
		"site code 123, language code 1033",
		"soap client error = 7",
		"in thread 0x500, thread=1512 (0x5E8), thread 2148013312 (0x80081500)",
		"thread=4294700001 (0xFFFBEBE1)",
		"Message Type = 0x4000008",
		"Setting job status to 0xd.",
		"HANDLE 0x80040000, dwFlags=0x80000000, Flags: 0x0",
		"Exception Address : 0x80408f56",
		"Failed to add source of type (2) and id ({80244022-CA4C-492A-AEF3-CDFA618B0AF5})",
		"error {80244022-ca4c-492a-aef3-cdfa618b0af5} and result 81ea8fd5-ffc4-4020-af1e-888887ad44bd",
		"client version 5.00.9040.1010, error 5.00.9040.1010",
		"Server:4.9,Client:4.11,Message:Missing Delta. Resync",
		"syntax error on line 42, token '~~'",
		"scanner.cpp:297 called error.cpp:297",
		"error at 10:22:31 on 10/12/2024, error: 2024-01-16",
		"error: 3 updates of 12, error 5%",
		"size 2147483649 bytes, 80244022 bytes",
		"SOAP Fault: 0x000190",
		"pointer 0x00000005 and 0x0000000000000005",
		"Error Syntax 0X007F",
		"the code 0x8024xxxx and error 0x",
		"Updates to install = 3 (3), port (8530)",
		"error-5, E-2147, KB-890830",
		"https://host.example.test:8530/x?hr-80244022-a",
		"problem with 12 of 20 items (60) left",
		"Processing 5 of 7 with result 99999999999999",
		"No error. 1 minute",
		"sp return code = -5, hr 15, thread -2147467259",
		"thread 0x500, error of " + strings.Repeat("x", 100) + " 5",
		"error " + strings.Repeat(" ", 100) + "5",
		"HTTP status 200, the service code 5, 0x5 and 0x0",
	} {
		if got := values(Find(msg)); got != nil {
			t.Errorf("Find(%q) = %#x", msg, got)
		}
	}
}

func TestFindTellsWhereCodesStand(t *testing.T) {
	msg := "error 0x87D00669(-2016410007), then exit code 1603."
	var got []string
	for _, f := range Find(msg) {
		got = append(got, msg[f.Start:f.End])
	}
	if want := []string{"0x87D00669(-2016410007)", "1603"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	signed := "m_hrError = -2016410012"
	if f := Find(signed); len(f) != 1 || signed[f[0].Start:f[0].End] != "-2016410012" {
		t.Errorf("the sign is not in the range: %v", f)
	}
}

// TestFindIsLinear would not end in the time that tests have if the work grew
// with the square of the length.
func TestFindIsLinear(t *testing.T) {
	for _, piece := range []string{
		"5 ", "(", "error ", "error 5 (", "0x", "-", "a", "( 5", "error: (5) ", "(5) ", "5 of ", "x", "5 (0x5) ", "0x80070005 ",
	} {
		for _, head := range []string{"", "ERROR: "} {
			msg := head + strings.Repeat(piece, 1<<16/len(piece))
			Find(msg)
		}
	}
}

func values(found []Found) []uint32 {
	var v []uint32
	for _, f := range found {
		v = append(v, f.Value)
	}
	return v
}

func FuzzFind(f *testing.F) {
	for _, seed := range []string{
		"Scan failed with error = 0x8024401c.", "0x87D00669(-2016410007)", "Code=12029", "hr=8007000E", "(#0x5)",
		"ERROR: x (1722)~", "thread=1512 (0x5E8)", "error 5 (0x5) = 0x80070005", "GetLastError()=5", "-5", "()", "\x000x5\xff",
		"returned an error: (407)", "error code code code 5", "C0000005",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, msg string) {
		end := 0
		for _, c := range Find(msg) {
			if c.Start < end || c.End <= c.Start || c.End > len(msg) {
				t.Fatalf("Find(%q): range %d to %d after %d", msg, c.Start, c.End, end)
			}
			if !strings.ContainsAny(msg[c.Start:c.End], "0123456789abcdefABCDEF") {
				t.Fatalf("Find(%q): no number in %q", msg, msg[c.Start:c.End])
			}
			end = c.End
		}
	})
}

func BenchmarkFind(b *testing.B) {
	lines := []string{
		"Scan failed with error = 0x8024401c.",
		"ScanJob({FB036BB5-E9BC-4CB2-ABF8-70D5F094208A}): CScanJob::Execute - successfully requested Scan, ScanType=1",
		"Job error (0x87d00692) received for assignment ({49F88438-36D3-4572-AA5A-68C991FAC7E2}) action",
		"The exit code is 1603, the execution status is FailureNonRetry",
		"Inventory: Opening store for action {00000000-0000-0000-0000-000000000001} ...",
	}
	for i, line := range lines {
		b.Run(fmt.Sprint(i), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(line)))
			for b.Loop() {
				Find(line)
			}
		})
	}
}
