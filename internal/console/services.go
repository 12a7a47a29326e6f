package console

import (
	"slices"
	"strings"
)

// services maps services to a console path that differs from their name, with an optional fragment.
var services = [...]struct{ name, path string }{
	{"", "console/home"},
	{"acm", "acm/home"},
	{"apigw", "apigateway/main"},
	{"apigateway", "apigateway/main"},
	{"asg", "ec2/home#AutoScalingGroups:"},
	{"billing", "billing/home"},
	{"ce", "cost-management/home"},
	{"cfn", "cloudformation/home"},
	{"cloudfront", "cloudfront/v4/home"},
	{"codebuild", "codesuite/codebuild/projects"},
	{"codepipeline", "codesuite/codepipeline/pipelines"},
	{"cw", "cloudwatch/home"},
	{"ddb", "dynamodbv2/home"},
	{"dynamodb", "dynamodbv2/home"},
	{"ecr", "ecr/private-registry/repositories"},
	{"ecs", "ecs/v2/home"},
	{"elb", "ec2/home#LoadBalancers:"},
	{"iam", "iam/home"},
	{"identitycenter", "singlesignon/home"},
	{"logs", "cloudwatch/home#logsV2:log-groups"},
	{"organizations", "organizations/v2/home"},
	{"r53", "route53/v2/home"},
	{"redshift", "redshiftv2/home"},
	{"route53", "route53/v2/home"},
	{"sfn", "states/home"},
	{"sm", "secretsmanager/home"},
	{"sns", "sns/v3/home"},
	{"sqs", "sqs/v3/home"},
	{"ssm", "systems-manager/home"},
	{"sso", "singlesignon/home"},
	{"stepfunctions", "states/home"},
	{"vpc", "vpcconsole/home"},
}

// globalServices are the first path elements of services without a regional console.
var globalServices = []string{"billing", "cloudfront", "cost-management", "globalaccelerator", "iam", "organizations", "route53", "trustedadvisor"}

// Services returns names of common services, for completion.
func Services() []string {
	names := []string{"athena", "cloudformation", "cloudtrail", "cloudwatch", "config", "ec2", "eks", "glue", "guardduty", "kms", "lambda", "rds", "s3", "secretsmanager"}
	for _, s := range services {
		if s.name != "" {
			names = append(names, s.name)
		}
	}
	slices.Sort(names)
	return names
}

// pathOf returns the path and fragment of a service's page.
func pathOf(service string) (path, fragment string, ok bool) {
	for _, s := range services {
		if s.name == service {
			path, fragment, _ = strings.Cut(s.path, "#")
			return path, fragment, true
		}
	}
	if service == "" || strings.Trim(service, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return "", "", false
	}
	return service + "/home", "", true
}

func global(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return slices.Contains(globalServices, first)
}
