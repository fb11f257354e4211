//go:build !windows

package cli

import "os"

// understandsColour is true: TERM has told already.
func understandsColour(*os.File) bool { return true }
