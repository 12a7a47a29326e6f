package awsrest

import "strings"

// partition is an AWS partition. All of them have FIPS and dual-stack endpoints.
type partition struct {
	name            string
	global          string   // pseudo-region, if any
	prefixes        []string // of its regions, including the dash
	dnsSuffix       string
	dualStackSuffix string
}

// partitions come from the partitions.json that the AWS SDKs share. The first one is the default.
var partitions = [...]partition{
	{
		"aws", "aws-global",
		[]string{"us-", "eu-", "ap-", "sa-", "ca-", "me-", "af-", "il-", "mx-"},
		"amazonaws.com", "api.aws",
	},
	{"aws-cn", "aws-cn-global", []string{"cn-"}, "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
	{"aws-eusc", "", []string{"eusc-de-"}, "amazonaws.eu", "api.amazonwebservices.eu"},
	{"aws-iso", "aws-iso-global", []string{"us-iso-"}, "c2s.ic.gov", "api.aws.ic.gov"},
	{"aws-iso-b", "aws-iso-b-global", []string{"us-isob-"}, "sc2s.sgov.gov", "api.aws.scloud"},
	{"aws-iso-e", "aws-iso-e-global", []string{"eu-isoe-"}, "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
	{"aws-iso-f", "aws-iso-f-global", []string{"us-isof-"}, "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
	{"aws-us-gov", "aws-us-gov-global", []string{"us-gov-"}, "amazonaws.com", "api.aws"},
}

// partitionOf returns the partition of a region, which may be newer than this list.
func partitionOf(region string) *partition {
	for i := range partitions {
		p := &partitions[i]
		if region == p.global {
			return p
		}
		for _, prefix := range p.prefixes {
			if rest, ok := strings.CutPrefix(region, prefix); ok && isPlaceAndNumber(rest) {
				return p
			}
		}
	}
	return &partitions[0]
}

// isPlaceAndNumber reports whether s is a word and a number, such as "southeast-1".
func isPlaceAndNumber(s string) bool {
	place, number, ok := strings.Cut(s, "-")
	return ok && place != "" && number != "" &&
		strings.Trim(number, "0123456789") == "" && !strings.Contains(place, ".")
}

// PartitionName returns the name of a region's partition, such as aws-us-gov, or aws for an unknown region.
func PartitionName(region string) string { return partitionOf(region).name }
