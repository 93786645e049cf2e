# Made from template.yaml by `make terraform`; do not edit.

locals {
  given = {
    SourceSettings                   = var.source_settings
    PseudonymSecretArn               = var.pseudonym_secret_arn
    IngestFlushIntervalSeconds       = var.ingest_flush_interval_seconds == null ? null : tostring(var.ingest_flush_interval_seconds)
    IngestMaxConcurrency             = var.ingest_max_concurrency == null ? null : tostring(var.ingest_max_concurrency)
    SplunkEndpoint                   = var.splunk_endpoint
    SplunkSecretArn                  = var.splunk_secret_arn
    SplunkSettings                   = var.splunk_settings
    SplunkFilter                     = var.splunk_filter
    SplunkFlushIntervalSeconds       = var.splunk_flush_interval_seconds == null ? null : tostring(var.splunk_flush_interval_seconds)
    SplunkMaxConcurrency             = var.splunk_max_concurrency == null ? null : tostring(var.splunk_max_concurrency)
    SplunkEnabled                    = var.splunk_enabled == null ? null : tostring(var.splunk_enabled)
    DatadogSite                      = var.datadog_site
    DatadogSecretArn                 = var.datadog_secret_arn
    DatadogSettings                  = var.datadog_settings
    DatadogFilter                    = var.datadog_filter
    DatadogFlushIntervalSeconds      = var.datadog_flush_interval_seconds == null ? null : tostring(var.datadog_flush_interval_seconds)
    DatadogMaxConcurrency            = var.datadog_max_concurrency == null ? null : tostring(var.datadog_max_concurrency)
    DatadogEnabled                   = var.datadog_enabled == null ? null : tostring(var.datadog_enabled)
    ElasticEndpoint                  = var.elastic_endpoint
    ElasticSecretArn                 = var.elastic_secret_arn
    ElasticSettings                  = var.elastic_settings
    ElasticFilter                    = var.elastic_filter
    ElasticResourceArn               = var.elastic_resource_arn
    ElasticFlushIntervalSeconds      = var.elastic_flush_interval_seconds == null ? null : tostring(var.elastic_flush_interval_seconds)
    ElasticMaxConcurrency            = var.elastic_max_concurrency == null ? null : tostring(var.elastic_max_concurrency)
    ElasticEnabled                   = var.elastic_enabled == null ? null : tostring(var.elastic_enabled)
    S3Bucket                         = var.s3_bucket
    S3Settings                       = var.s3_settings
    S3Filter                         = var.s3_filter
    S3RoleArn                        = var.s3_role_arn
    S3ExternalId                     = var.s3_external_id
    S3KmsKeyArn                      = var.s3_kms_key_arn
    S3ResourceArn                    = var.s3_resource_arn
    S3FlushIntervalSeconds           = var.s3_flush_interval_seconds == null ? null : tostring(var.s3_flush_interval_seconds)
    S3MaxConcurrency                 = var.s3_max_concurrency == null ? null : tostring(var.s3_max_concurrency)
    S3Enabled                        = var.s3_enabled == null ? null : tostring(var.s3_enabled)
    SecurityLakeBucket               = var.security_lake_bucket
    SecurityLakeSettings             = var.security_lake_settings
    SecurityLakeFilter               = var.security_lake_filter
    SecurityLakeRoleArn              = var.security_lake_role_arn
    SecurityLakeExternalId           = var.security_lake_external_id
    SecurityLakeFlushIntervalSeconds = var.security_lake_flush_interval_seconds == null ? null : tostring(var.security_lake_flush_interval_seconds)
    SecurityLakeAlarmDelaySeconds    = var.security_lake_alarm_delay_seconds == null ? null : tostring(var.security_lake_alarm_delay_seconds)
    SecurityLakeEnabled              = var.security_lake_enabled == null ? null : tostring(var.security_lake_enabled)
    WebhookUrlSecretArn              = var.webhook_url_secret_arn
    WebhookSettings                  = var.webhook_settings
    WebhookFilter                    = var.webhook_filter
    WebhookFlushIntervalSeconds      = var.webhook_flush_interval_seconds == null ? null : tostring(var.webhook_flush_interval_seconds)
    WebhookMaxConcurrency            = var.webhook_max_concurrency == null ? null : tostring(var.webhook_max_concurrency)
    WebhookEnabled                   = var.webhook_enabled == null ? null : tostring(var.webhook_enabled)
    OtlpEndpoint                     = var.otlp_endpoint
    OtlpSecretArn                    = var.otlp_secret_arn
    OtlpSettings                     = var.otlp_settings
    OtlpFilter                       = var.otlp_filter
    OtlpFlushIntervalSeconds         = var.otlp_flush_interval_seconds == null ? null : tostring(var.otlp_flush_interval_seconds)
    OtlpMaxConcurrency               = var.otlp_max_concurrency == null ? null : tostring(var.otlp_max_concurrency)
    OtlpEnabled                      = var.otlp_enabled == null ? null : tostring(var.otlp_enabled)
    SyslogEndpoint                   = var.syslog_endpoint
    SyslogSecretArn                  = var.syslog_secret_arn
    SyslogSettings                   = var.syslog_settings
    SyslogFilter                     = var.syslog_filter
    SyslogFlushIntervalSeconds       = var.syslog_flush_interval_seconds == null ? null : tostring(var.syslog_flush_interval_seconds)
    SyslogEnabled                    = var.syslog_enabled == null ? null : tostring(var.syslog_enabled)
    AlarmEmail                       = var.alarm_email
    AlarmTopicArn                    = var.alarm_topic_arn
    AlarmDelaySeconds                = var.alarm_delay_seconds == null ? null : tostring(var.alarm_delay_seconds)
    SilenceAlarmHours                = var.silence_alarm_hours == null ? null : tostring(var.silence_alarm_hours)
    KmsKeyArn                        = var.kms_key_arn
    SecretsKmsKeyArn                 = var.secrets_kms_key_arn
    PermissionsBoundaryArn           = var.permissions_boundary_arn
    VpcSubnetIds                     = var.vpc_subnet_ids == null ? null : join(",", var.vpc_subnet_ids)
    VpcSecurityGroupIds              = var.vpc_security_group_ids == null ? null : join(",", var.vpc_security_group_ids)
    CheckOnDeploy                    = var.check_on_deploy
    MaxReceiveCount                  = var.max_receive_count == null ? null : tostring(var.max_receive_count)
    LogLevel                         = var.log_level
    LogRetentionDays                 = var.log_retention_days == null ? null : tostring(var.log_retention_days)
    Tracing                          = var.tracing == null ? null : tostring(var.tracing)
    Architecture                     = var.architecture
    FunctionMemoryMegabytes          = var.function_memory_megabytes == null ? null : tostring(var.function_memory_megabytes)
  }

  parameters = { for name, value in local.given : name => value if value != null }
}
