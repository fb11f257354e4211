package errcode

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, text string
		want       []uint32
	}{
		// the checks of facts/error-codes.md section 2
		{"signed: unspecified", "-2147467259", []uint32{0x80004005}},
		{"signed: Group Policy", "-2016409966", []uint32{0x87D00692}},
		{"signed: no location", "-2016410007", []uint32{0x87D00669}},
		{"signed: job cancelled", "-2016410012", []uint32{0x87D00664}},
		{"signed: content not found", "-2016410105", []uint32{0x87D00607}},
		{"signed: source absent", "-2145124307", []uint32{0x8024002D}},
		{"unsigned", "2278557330", []uint32{0x87D00692}},
		{"unsigned WMI", "2147749890", []uint32{0x80041002}},
		{"WinHTTP", "12029", []uint32{12029}},
		{"installer", "1603", []uint32{1603}},
		{"Win32", "5", []uint32{5}},

		// its spellings
		{"upper-case X", "0X8013150a", []uint32{0x8013150A}},
		{"mixed case", "0x8024402C", []uint32{0x8024402C}},
		{"no prefix", "80244022", []uint32{0x80244022}},
		{"no prefix, letters", "8007000e", []uint32{0x8007000E}},
		{"no prefix, NTSTATUS", "C0000005", []uint32{0xC0000005}},
		{"no prefix, success of a family", "07D00635", []uint32{0x07D00635}},
		{"no prefix, success of digits only", "00240005", []uint32{0x00240005}},
		{"hr=", "hr=8007000E", []uint32{0x8007000E}},
		{"sign-extended", "0xffffffff80240017", []uint32{0x80240017}},
		{"sign-extended unsigned", "18446744071564427287", []uint32{0x80240017}},
		{"padded to 64 bits", "0x0000000080240017", []uint32{0x80240017}},
		{"variable", "m_hrError = -2016410012", []uint32{0x87D00664}},
		{"success", "0x0", []uint32{0}},
		{"success in parentheses", "(0x00000000)", []uint32{0}},
		{"success as a result", "result = 0x0", []uint32{0}},
		{"short hex", "0x2efd", []uint32{12029}},
		{"key", "Code=12029", []uint32{12029}},
		{"key and constant", "Code=12029, Text=ERROR_WINHTTP_CANNOT_CONNECT", []uint32{12029}},
		{"hash", "(#0x5)", []uint32{5}},
		{"hash, longer", "(#0x3EB)", []uint32{1003}},
		{"dash and colon", "- Error : 1314", []uint32{1314}},
		{"parentheses", "(1722)", []uint32{1722}},
		{"Win32 = 2", "Win32 = 2", []uint32{2}},
		{"no blank after the sign", "return code =1060", []uint32{1060}},
		{"Win32 in hex", "Return code = 0x525; The specified user does not exist", []uint32{1317}},
		{"exit code in words", "The exit code is 1603", []uint32{1603}},
		{"exit code", "Exit code = 0x80240024", []uint32{0x80240024}},
		{"HTTP status", "HTTP status 502", []uint32{0x801901F6}},
		{"HTTP Status", "HTTP Status 401", []uint32{0x80190191}},
		{"HTTP and a number", "http 407", []uint32{0x80190197}},
		{"two codes", "error 0x80072efd to 0x800704cf", []uint32{0x80072EFD, 0x800704CF}},
		{"full stop", "Error = 0x80246002.", []uint32{0x80246002}},
		{"full stop alone", "0x80246002.", []uint32{0x80246002}},
		{"all the punctuation", `"[0x80246002);,`, []uint32{0x80246002}},
		{"LE=", "LE=0X8013150a", []uint32{0x8013150A}},
		{"hex and signed are one", "0x87D00669(-2016410007).", []uint32{0x87D00669}},
		{"number and its HRESULT are one", "1603 0x80070643", []uint32{1603}},
		{"Visual Basic", "&H80041010", []uint32{0x80041010}},
		{"typographic minus", "\u22122147467259", []uint32{0x80004005}},

		{"constant", "WU_E_NO_SERVICE", []uint32{0x80240001}},
		{"constant in lower case", "wu_e_no_service", []uint32{0x80240001}},
		{"constant without underscore", "wsaetimedout", []uint32{10060}},
		{"constant of no row", "S_OK", []uint32{0}},
		{"second name", "ERROR_INTERNET_DECODING_FAILED", []uint32{12175}},
		{"constant in a sentence", "it says WBEM_E_ACCESS_DENIED again", []uint32{0x80041003}},

		{"list", "1603, 0x80244022;12029 5", []uint32{1603, 0x80244022, 12029, 5}},
		{"list says each once", "5 5 0x5", []uint32{5}},
		{"largest", "4294967295", []uint32{0xFFFFFFFF}},
		{"smallest", "-2147483648", []uint32{0x80000000}},
		{"minus one", "-1", []uint32{0xFFFFFFFF}},
		{"eight digits that begin otherwise are decimal", "12345678", []uint32{12345678}},
		{
			"line of a log",
			"SyncUpdates failure, error = 0x8024400E, soap client error = 7, soap error code = 400, HTTP status code = 200",
			[]uint32{0x8024400E, 0x80190190},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse(tt.text)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("Parse(%q) = %#x, %v, want %#x", tt.text, got, err, tt.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"", " ", ".", "-", "0x", "0xg", "hello", "no such thing", "ID=6703", "StateId = 4", "12a", "--5", "5-6",
		"4294967296", "-2147483649", "99999999999999999999999", "0x123456789", "0x12345678901234567",
		"{80244022-1111-2222-3333-444444444444}", "deadbeef", "WU_E_NO_SUCH_NAME", "5.00.9040.1010", "HTTP code 600",
	} {
		if v, err := Parse(text); !errors.Is(err, ErrNoCode) || v != nil {
			t.Errorf("Parse(%q) = %#x, %v", text, v, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"0x80244022", "80244022", "-2147467259", "0xffffffff80240017", "Code=12029", "(#0x5)", "hr=8007000E",
		"WU_E_NO_SERVICE", "error 0x80072efd to 0x800704cf", "1603, 5", "&H80041010", "0x", "-", "\x00\xff", "\u22125",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		codes, err := Parse(text)
		if (err == nil) != (len(codes) > 0) {
			t.Fatalf("Parse(%q) = %v, %v", text, codes, err)
		}
		for _, v := range codes {
			again, err := Parse(Decode(v).Text)
			if err != nil || len(again) != 1 || again[0] != v {
				t.Fatalf("Parse(%q) finds %#x, whose text is read as %#x, %v", text, v, again, err)
			}
			if c := Decode(v); c.Meaning == "" || c.Family == "" || strings.ContainsAny(c.Meaning, "\n\x00") {
				t.Fatalf("Decode(%#x) = %+v", v, c)
			}
		}
	})
}
