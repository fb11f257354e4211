package lab

// practiceProgram is what stands in the file of a program of the lab. The
// program itself is this one, started again.
type practiceProgram struct {
	Lab     string `json:"lab"`
	Program string `json:"program"`
	Version string `json:"version"`
}

// practicePatch is what stands in the file of a patch of the lab.
type practicePatch struct {
	Lab   string `json:"lab"`
	Patch string `json:"patch"`
	// ExitCode is what its installer ends with.
	ExitCode int `json:"exitCode"`
	// Size is how many bytes it needs on the drive.
	Size int64 `json:"size"`
	// Files are the versions that it brings, by path.
	Files map[string]string `json:"files"`
}
