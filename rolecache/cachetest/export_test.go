package cachetest

// Properties returns the properties that Test checks.
var Properties = properties
