package evidence

import (
	"strings"
	"testing"
)

// wmic without /format writes a table, each column as wide as its widest value.
func TestTablesOfWMICAreReadWhereTheirColumnsStand(t *testing.T) {
	const head = "ID        Product              QNumbers  Status      Summary  Title              \r\r\n"
	const one = "MS04-911  Windows XP  (x86)    935732    Applicable           Sécurité 漢  (935732)  \r\r\n"
	const two = "MS04-912  Windows XP Gold      935733    Installed            two                \r\r\n"
	for name, text := range map[string]string{
		"as it is":        head + one + two + "\r\r\n",
		"without its end": strings.ReplaceAll(head+one+two, " \r", "\r"),
		"two computers":   head + one + head + two,
	} {
		for _, content := range [][]byte{[]byte(text), utf16LE(text)} {
			list, _, err := ReadPatches(exportFile("patchstate.txt", content))
			if err != nil || len(list) != 2 {
				t.Fatalf("%s: %+v, %v", name, list, err)
			}
			p, q := &list[0], &list[1]
			if p.Bulletin() != "MS04-911" || p.Product() != "Windows XP  (x86)" || p.State() != Applicable || !p.Prop("Summary").Null || p.Title() != "Sécurité 漢  (935732)" || p.Line != 2 {
				t.Errorf("%s: %+v", name, p)
			}
			if q.Bulletin() != "MS04-912" || q.State() != Installed || q.Title() != "two" || q.Line < 3 {
				t.Errorf("%s: %+v", name, q)
			}
		}
	}
	node := "Node      ID        QNumbers  Status\r\r\nWKS-0417  MS04-911  935732    Installed\r\r\n"
	if list, _, err := ReadPatches(exportFile("patchstate.txt", []byte(node))); err != nil || len(list) != 1 || list[0].Host != "WKS-0417" || list[0].Prop("Node") != nil {
		t.Errorf("%+v, %v", list, err)
	}
	// What does not stand under the names is not guessed.
	for name, bad := range map[string]string{
		"a value that runs on": "MS04-913  Windows XP Service Pack 935734    Installed\r\n",
		"blanks are lost":      "MS04-913 Windows XP 935734 Installed two\r\n",
		"moved by one":         " MS04-913  Windows XP          935734    Installed\r\n",
		"the rest of a value":  "Gold\r\n",
		"a long rest":          "and here is all the rest of that long title\r\n",
	} {
		list, _, err := ReadPatches(exportFile("patchstate.txt", []byte(head+one+bad+two)))
		if len(list) != 2 || err == nil || !strings.Contains(err.Error(), "line 3: its values do not stand under the names") || list[1].Bulletin() != "MS04-912" || list[0].Damaged == nil {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
	}
}
