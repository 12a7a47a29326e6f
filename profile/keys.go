package profile

// sessionKeys are the settings of an sso-session. AWS tools ignore the latchkey_ ones.
var sessionKeys = []string{
	"sso_start_url", "sso_region", "sso_registration_scopes", "latchkey_login", tokenStoreKey, shareKey,
	"latchkey_profile_name", "latchkey_region", "latchkey_credential_process", "latchkey_accounts", "latchkey_roles", "latchkey_exclude",
}

// sessionOnlyKeys have no effect in a profile.
var sessionOnlyKeys = []string{"sso_registration_scopes", "latchkey_login", tokenStoreKey, shareKey}

// profileKeys are the settings of a profile in the AWS SDKs and Tools Reference Guide and the
// AWS CLI User Guide, and Latchkey's own.
var profileKeys = []string{
	"region", "output", "services", "ca_bundle", "sdk_ua_app_id", "s3",
	"sso_session", "sso_start_url", "sso_region", "sso_account_id", "sso_role_name", "latchkey_login_on_demand", "latchkey_managed",
	"aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token", "aws_account_id",
	"role_arn", "source_profile", "credential_source", "external_id", "mfa_serial", "role_session_name", "duration_seconds",
	"web_identity_token_file", "credential_process", "login_session", "aws_credential_scope",
	"endpoint_url", "ignore_configured_endpoint_urls", "use_fips_endpoint", "use_dualstack_endpoint", "endpoint_discovery_enabled",
	"account_id_endpoint_mode", "sts_regional_endpoints", "s3_us_east_1_regional_endpoint", "s3_use_arn_region",
	"s3_disable_multiregion_access_points", "s3_disable_express_session_auth",
	"ec2_metadata_service_endpoint", "ec2_metadata_service_endpoint_mode", "ec2_metadata_v1_disabled",
	"metadata_service_timeout", "metadata_service_num_attempts",
	"retry_mode", "max_attempts", "disable_clock_skew_correction", "disable_host_prefix_injection", "defaults_mode", "api_versions", "parameter_validation", "tcp_keepalive",
	"auth_scheme_preference", "sigv4a_signing_region_set",
	"disable_request_compression", "request_min_compression_size_bytes", "request_checksum_calculation", "response_checksum_validation",
	"cli_pager", "cli_auto_prompt", "cli_binary_format", "cli_follow_urlparam", "cli_history", "cli_timestamp_format",
}
