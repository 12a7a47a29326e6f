package main

import "os"

// maxRSS returns 0.
func maxRSS(*os.ProcessState) int64 { return 0 }
