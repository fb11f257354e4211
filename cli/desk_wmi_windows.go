package cli

import (
	"context"
	"reflect"

	"patchtrace/client"
	"patchtrace/diagnose/evidence/mof"
)

// patchStates asks the WMI of this computer.
func patchStates(ctx context.Context) ([]mof.Instance, error) {
	states, err := client.PatchStates(ctx)
	if err != nil {
		return nil, err
	}
	var list []mof.Instance
	for _, s := range states {
		i := mof.Instance{Class: patchState}
		for v, n := reflect.ValueOf(s), 0; n < v.NumField(); n++ {
			if text := v.Field(n).String(); text != "" {
				i.Set(v.Type().Field(n).Name, text)
			}
		}
		list = append(list, i)
	}
	return list, nil
}
