//go:build !windows

package cli

import "os"

// obeysSequences is true: TERM has told already.
func obeysSequences(*os.File) bool { return true }
