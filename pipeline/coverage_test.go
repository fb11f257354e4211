package pipeline

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// instructions are the article's, by its numbering in the project's facts.
var instructions = strings.Fields(`
	1.1 1.2 1.3 1.4 1.5 1.6 1.7 1.8 1.9 1.10
	2.1 2.2 2.3 2.4 2.5 2.6 2.7 2.8 2.9 2.10
	3.1 3.2 3.3 3.4 3.5 3.6
	4.1 4.2 4.3 4.4 4.5 4.6 4.7 4.8 4.9
	5.1`)

// notFor lists instructions that do not concern a product: SMS 2.0 has programs
// of its own for the scan, and ITMU needs no MBSA catalogue.
var notFor = map[string]string{
	"sms2003":        " 1.10 2.5 2.6 ",
	"sms2003-legacy": " 1.10 2.5 2.6 ",
	"sms2003-itmu":   " 1.6 1.7 1.10 2.5 2.6 ",
	"sms2":           " 2.3 2.4 ",
}

// TestEveryInstructionOfTheArticleIsInItsPlaybooks holds the playbooks to what
// the article tells for each product.
func TestEveryInstructionOfTheArticleIsInItsPlaybooks(t *testing.T) {
	for id, exempt := range notFor {
		p, err := Load(id)
		if err != nil {
			t.Fatal(err)
		}
		said := references(p)
		for _, n := range instructions {
			if !said[n] && !strings.Contains(exempt, " "+n+" ") {
				t.Errorf("%s: instruction %s is nowhere", id, n)
			}
		}
		for _, letter := range "ABCDEFG" {
			if !said["2.10 "+string(letter)] {
				t.Errorf("%s: step %c of the WBEMTEST check is nowhere", id, letter)
			}
		}
	}
}

var reference = regexp.MustCompile(`\d+\.\d+(?: [A-G])?`)

// references are the instructions that a playbook's steps and rows name.
func references(p *Playbook) map[string]bool {
	said := map[string]bool{}
	note := func(text string) {
		for _, r := range reference.FindAllString(text, -1) {
			said[r] = true
			number, _, _ := strings.Cut(r, " ")
			said[number] = true
		}
	}
	rows := func(rows []string) {
		for _, r := range rows {
			if rest, ok := strings.CutPrefix(r, "seed#"); ok {
				note(rest)
			}
		}
	}
	for _, n := range p.Notes {
		rows(n.Rows)
	}
	for _, s := range p.Stages {
		for _, step := range s.Manual {
			note(step.Ref)
		}
		for _, n := range s.Notes {
			rows(n.Rows)
		}
		for _, sig := range s.Signatures {
			rows(sig.Rows)
		}
	}
	return said
}

// TestEveryRowOfTheFailureTablesIsSomewhere holds the playbooks to the failure
// tables: 76 rows for SMS, 110 for Configuration Manager.
func TestEveryRowOfTheFailureTablesIsSomewhere(t *testing.T) {
	have := map[string]bool{}
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		for _, n := range p.Notes {
			mark(have, n.Rows)
		}
		for _, s := range p.Stages {
			for _, n := range s.Notes {
				mark(have, n.Rows)
			}
			for _, sig := range s.Signatures {
				mark(have, sig.Rows)
			}
		}
	}
	for table, n := range map[string]int{"sms2003": 76, "configmgr": 110} {
		for row := 1; row <= n; row++ {
			if key := fmt.Sprintf("%s#%d", table, row); !have[key] {
				t.Errorf("row %s is in no playbook", key)
			}
		}
	}
}

func mark(have map[string]bool, rows []string) {
	for _, r := range rows {
		have[r] = true
	}
}
