package cachetest

// Properties are what Test proves.
var Properties = properties
