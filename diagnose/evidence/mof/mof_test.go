package mof

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The shape of what wbemtest shows is not published as such: these texts are made
// up after the language's description (DSP0004) and after what mofcomp takes.

func sample() Instance {
	i := Instance{Class: "Win32_PatchState"}
	i.Set("ID", "MS07-901")
	i.Set("Title", "a \"quoted\" back\\slash\nsecond line")
	i.SetNumber("LocaleID", 1033)
	return i
}

// plain is the list without places.
func plain(list []Instance) []Instance {
	for i := range list {
		list[i].At = Place{}
	}
	return list
}

func TestAnInstanceComesBackAsItWasWritten(t *testing.T) {
	one, two := sample(), sample()
	two.Set("id", "MS07-902") // the same property: names have no case
	two.Alias = "$two"
	two.Props = append(two.Props, Prop{Name: "Nothing", Null: true}, Prop{Name: "Empty"}, Prop{Name: "Yes", Text: "TRUE", Bare: true},
		Prop{Name: "List", Text: `a, "b"`, List: []string{"a", `"b"`}}, Prop{Name: "None", List: []string{}}, Prop{Name: "Bell", Text: "\a\x00\x7f\b"})
	text := "// a comment\n#pragma namespace\n/* more\n */class Win32_PatchState : CIM_Thing\n{\n\t[key] string ID;\n};\n" + one.String() + two.String()
	got, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if got[1].At.Line != got[0].At.Line+6 || !strings.HasPrefix(text[got[1].At.Offset:], two.String()) {
		t.Errorf("they stand at %+v and %+v", got[0].At, got[1].At)
	}
	if diff := cmp.Diff([]Instance{one, two}, plain(got)); diff != "" {
		t.Error(diff)
	}
	if got[1].Get("ID") != "MS07-902" || got[1].Get("LocaleID") != "1033" || got[1].Get("Missing") != "" {
		t.Errorf("got %+v", got[1])
	}
	if !got[0].Equal(&one) || got[0].Equal(&two) {
		t.Error("instances are not compared by what they say")
	}
}

// Word and mail programs turn the quotation marks of a text that is pasted.
func TestTextThatWasPastedThroughAMailProgramIsRead(t *testing.T) {
	const text = "[Description(“one; two }”)] class Win32_PatchState { [Values{“a”, „b“}] string ID = “x”; };\n" +
		"instance of Win32_PatchState\n{\n\u00a0\u00a0ID = “MS07-901”;\n\tPath = “c:\\\\temp”;\n\tTitle = „a \\”quoted\\” word“;\n\tMixed = “one\";\n\tList = {“a”, \"b\"};\n\tOwn = \"a “word”\";\n};\n"
	list, err := Parse(text)
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	want := []Prop{{Name: "ID", Text: "MS07-901"}, {Name: "Path", Text: `c:\temp`}, {Name: "Title", Text: `a "quoted" word`}, {Name: "Mixed", Text: "one"}, {Name: "List", Text: "a, b", List: []string{"a", "b"}}, {Name: "Own", Text: "a “word”"}}
	if diff := cmp.Diff(want, list[0].Props); diff != "" {
		t.Error(diff)
	}
	for text, what := range map[string]string{
		"instance of A { A = “a ”word” b”; }":                              "; behind a value",
		"instance of A { A = “a” “b”; }":                                   "; behind a value",
		"instance of A { A = “a” \"b\"; }":                                 "; behind a value",
		"instance of A { A = \"a\" “b”; }":                                 "; behind a value",
		"instance of A { A = “a; }":                                        "” at the end of a string",
		"instance of A { A = “a\\":                                         "” at the end of a string",
		"instance of A { A = “" + strings.Repeat("a", maxValue+1) + "”; }": "a value of more than",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%.60q: %v", text, err)
		}
	}
}

func TestEveryKindOfValueIsRead(t *testing.T) {
	for written, want := range map[string]Prop{
		`"a" "b"
			"c"`: {Text: "abc"},
		`"\\ \" \n\t\r\b\f \' \q"`:               {Text: "\\ \" \n\t\r\b\f ' q"},
		`"\x41\xe4\xD83D\xDE00 \xD800 \xg"`:      {Text: "A\u00e4\U0001F600 \ufffd xg"},
		`""`:                                     {},
		`NULL`:                                   {Null: true},
		`TRUE`:                                   {Text: "TRUE", Bare: true},
		`false`:                                  {Text: "FALSE", Bare: true},
		`1033`:                                   {Text: "1033", Number: true},
		`-7`:                                     {Text: "-7", Number: true},
		`+7`:                                     {Text: "7", Number: true},
		`0x1F`:                                   {Text: "31", Number: true},
		`-0X10`:                                  {Text: "-16", Number: true},
		`017`:                                    {Text: "15", Number: true},
		`089`:                                    {Text: "89", Number: true},
		`101b`:                                   {Text: "5", Number: true},
		`18446744073709551615`:                   {Text: "18446744073709551615", Number: true},
		`.5`:                                     {Text: "0.5", Number: true},
		`-1.50E+3`:                               {Text: "-1.50e+3", Number: true},
		`5.`:                                     {Text: "5", Number: true},
		`1.#INF`:                                 {Text: "1.#INF", Bare: true},
		`20070607143207.000000-300`:              {Text: "20070607143207.000000-300", Bare: true},
		`$scan`:                                  {Text: "$scan", Bare: true},
		`'\x41'`:                                 {Text: `'\x41'`, Bare: true},
		`{"a", "b"}`:                             {Text: "a, b", List: []string{"a", "b"}},
		`{ 1, 0x2 }`:                             {Text: "1, 2", Number: true, List: []string{"1", "2"}},
		`{TRUE, NULL, 3}`:                        {Text: "TRUE, NULL, 3", Bare: true, List: []string{"TRUE", "NULL", "3"}},
		`{"a", 1}`:                               {Text: "a, 1", List: []string{"a", "1"}},
		`{}`:                                     {List: []string{}},
		"instance of X { A = \"};\"; // };\n };": {Text: "instance of X { A = \"};\"; // };\n }", Bare: true},
		`{instance of X {A = {1};}, instance of Y {}}`: {Text: "instance of X {A = {1};}, instance of Y {}", Bare: true, List: []string{"instance of X {A = {1};}", "instance of Y {}"}},
	} {
		got, err := Parse("[dynamic: ToInstance, Description(\"]\")] instance of A as $a { [key] V = " + written + "; };")
		want.Name = "V"
		if err != nil || len(got) != 1 {
			t.Errorf("%s: %v", written, err)
			continue
		}
		if diff := cmp.Diff([]Prop{want}, got[0].Props); diff != "" {
			t.Errorf("%s: %s", written, diff)
		}
		again, err := Parse(got[0].String())
		if err != nil || len(again) != 1 || !again[0].Equal(&got[0]) {
			t.Errorf("%s: written again it reads %+v, %v", written, again, err)
		}
	}
}

func TestWhatStandsAroundInstancesIsPassedOver(t *testing.T) {
	text := "\ufeff\x00#pragma autorecover\r\n#pragma namespace(\"\\\\\\\\.\\\\root\\\\cimv2\") class Early;\r\n" +
		"Qualifier Key : boolean = false, Scope(property, reference);\r\n" +
		"[Description(\"a ] and a };\"), Values{\"x\", \"y\"}]\r\nclass A : B\r\n{\r\n\tstring C[] = {\"};\", \"}\"};\r\n\tuint16 D = '}';\r\n\t// };\r\n};\r\n" +
		"/* instance of A { }; */\r\ninstance of A\r\n{\r\n\tC = {\"x\"};;\r\n\tD = 5\r\n}\r\ninstance of A {}\r\n\x1a"
	got, err := Parse(text)
	if err != nil || len(got) != 2 || len(got[0].Props) != 2 || len(got[1].Props) != 0 {
		t.Fatalf("got %+v, %v", got, err)
	}
	if got[0].At.Line != 12 || got[1].At.Line != 17 {
		t.Errorf("lines %d and %d", got[0].At.Line, got[1].At.Line)
	}
}

func TestWhatStandsBeforeTheDamageIsKept(t *testing.T) {
	i := sample()
	whole := i.String() + i.String()
	for n := len(i.String()) + 1; n < len(whole)-2; n++ {
		list, err := Parse(whole[:n])
		if len(list) != 1 || !errors.Is(err, ErrSyntax) {
			t.Fatalf("%d bytes: %d instances, %v", n, len(list), err)
		}
	}
}

func TestWhatIsNoMOFIsRefusedWithItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"x":                               `line 1: want class or instance, found "x"`,
		"\n\nclass A {":                   "line 3: want }, found the end of the text",
		"class A":                         "want the end of a declaration",
		"instance":                        "want instance of",
		"in\u017ftance of A {}":           "want class or instance",
		"instance of":                     "want the name of a class",
		"instance of A":                   "want {",
		"instance of A as B {":            "want an alias",
		"instance of A {":                 "want } at the end of an instance",
		"instance of A { B":               "want = behind the name",
		"instance of A { string B = 1;}":  "want = behind the name of a property, found \"B = 1;}\"",
		"instance of A { B = ;};":         "want a value",
		"instance of A { B = 1 C = 2};":   "want ; behind a value",
		"instance of A {\n B = \"x":       "line 2: want \" at the end of a string",
		"instance of A { B = {1 2}; };":   "want , or }",
		"instance of A { = 2; };":         "want the name of a property",
		"instance of A {}; /* more":       "want */",
		"!":                               "want class or instance",
		"instance of A { B = '; };":       "want a character",
		"instance of A { B = {\"a\";} };": "want , or } in an array",
	} {
		_, err := Parse(text)
		if !errors.Is(err, ErrSyntax) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestATextWithTooMuchIsReadToTheBound(t *testing.T) {
	for want, text := range map[string]string{
		"100000 instances": strings.Repeat("instance of A{}", maxInstances+1),
		"1024 properties":  "instance of A{" + strings.Repeat("B=1;", maxProps+1) + "}",
		"1048576 bytes":    "instance of A{B=\"" + strings.Repeat("x", maxValue+1) + "\"}",
		" 1048576 bytes":   "instance of A{B=" + strings.Repeat("\"xxxx\" ", maxValue/4+1) + "}",
		"1048576 in all":   strings.Repeat("instance of A{"+strings.Repeat("B=1;", maxProps)+"}", maxAllProps/maxProps+1),
		"16384 members":    "instance of A{B={" + strings.Repeat("1,", maxItems+1) + "1}}",
		"32 deep":          "instance of A{B=instance of C" + strings.Repeat("{", 1<<20),
	} {
		list, err := Parse(text)
		if !errors.Is(err, ErrLimit) || !strings.Contains(err.Error(), want) || len(list) > maxInstances {
			t.Errorf("%s: %d instances, %v", want, len(list), err)
		}
	}
}

func TestTimesCarryTheirDistanceFromUTC(t *testing.T) {
	for want, at := range map[string]time.Time{
		"20070607143207.000000-300": time.Date(2007, 6, 7, 14, 32, 7, 0, time.FixedZone("", -5*3600)),
		"20070607143207.500000+060": time.Date(2007, 6, 7, 14, 32, 7, 5e8, time.FixedZone("", 3600)),
	} {
		if got := Time(at); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got, err := ParseTime(want); err != nil || !got.Equal(at) {
			t.Errorf("%s: %v, %v", want, got, err)
		}
	}
	for _, text := range []string{"", "20070607143207.000000-30x", "20071307143207.000000-300", "yesterday", "00000012030000.000000:000", "2007****143207.000000+000", "20070607143207.000000+-30", "20070607143207,000000 060"} {
		if _, err := ParseTime(text); !errors.Is(err, ErrSyntax) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestWhatATimeDoesNotKnowIsNotMadeUp(t *testing.T) {
	at, zoned, err := ParseClock("20040413******.******+***")
	if want := time.Date(2004, 4, 13, 0, 0, 0, 0, time.UTC); err != nil || zoned || !at.Equal(want) {
		t.Errorf("got %v, %v, %v", at, zoned, err)
	}
	if _, zoned, err := ParseClock("20040413000000.******+000"); err != nil || !zoned {
		t.Errorf("got %v, %v", zoned, err)
	}
}

// Clocks stand from 12 hours behind UTC to 14 ahead of it.
func TestAnImpossibleZoneIsNotTrusted(t *testing.T) {
	for zone, known := range map[string]bool{"-720": true, "-721": false, "-999": false, "+840": true, "+841": false, "+900": false, "+000": true, "+345": true} {
		at, zoned, err := ParseClock("20070605020200.000000" + zone)
		wall := time.Date(2007, 6, 5, 2, 2, 0, 0, time.UTC)
		if err != nil || zoned != known || !known && !at.Equal(wall) || known && zone != "+000" && at.Equal(wall) {
			t.Errorf("%s: %v, %v, %v", zone, at, zoned, err)
		}
	}
}

func TestWhatWbemtestShowsIsRead(t *testing.T) {
	b, err := os.ReadFile("../../../../shared/samples/handmade/wbemtest/Win32_PatchState-showmof.txt")
	if err != nil {
		t.Skip("no samples here: ", err)
	}
	list, err := Parse(string(b))
	if err != nil || len(list) != 1 || list[0].Get("Status") != "Applicable" {
		t.Errorf("got %+v, %v", list, err)
	}
}

func FuzzParse(f *testing.F) {
	i := sample()
	f.Add(i.String())
	f.Add("in\u017ftance of A {}")
	f.Add("class A { string B; }; instance of A { B = \"\\")
	f.Add("[q(\"]\")] instance of A as $a { [k] B = {1, 0x2, 01b}; C = {\"a\" \"b\", NULL}; D = instance of E { F = '}'; }; G = -0.5e+3 }")
	f.Add("#pragma namespace(\"a\") Qualifier X : boolean, Scope(any); class B { uint8 C = {\"};\"}; }; /* */ instance of B{C='\\x41';D=\"\\xD83D\\xDE00\";E=NULL;F=$x;G={}}")
	f.Add("[q(“]”)] instance of A { B = “a\\”\\\\”; C = {„x“}; D = instance of E { F = “}”; }; }")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := Parse(text)
		if err != nil && !errors.Is(err, ErrSyntax) && !errors.Is(err, ErrLimit) {
			t.Fatal(err)
		}
		for i := range list {
			if at := list[i].At; at.Offset < 0 || at.Offset >= int64(len(text)) || !strings.EqualFold(text[at.Offset:at.Offset+8], "instance") || at.Line != 1+strings.Count(text[:at.Offset], "\n") {
				t.Fatalf("instance %d is said to stand at %+v", i, at)
			}
			again, err := Parse(list[i].String())
			if err != nil || len(again) != 1 || !again[0].Equal(&list[i]) {
				t.Fatalf("%s\nthen %+v, %v", fmt.Sprintf("%+v", list[i]), again, err)
			}
		}
	})
}
