# Made from infra/destination.yaml by `make terraform`; do not edit.

locals {
  given = {
    Core                   = var.core
    Name                   = var.name
    Type                   = var.type
    Address                = var.address
    SecretArn              = var.secret_arn
    Settings               = var.settings
    Filter                 = var.filter
    FlushIntervalSeconds   = var.flush_interval_seconds
    MaxConcurrency         = var.max_concurrency == null ? null : tostring(var.max_concurrency)
    Enabled                = var.enabled == null ? null : tostring(var.enabled)
    RoleArn                = var.role_arn
    ExternalId             = var.external_id
    ResourceArn            = var.resource_arn
    ObjectKmsKeyArn        = var.object_kms_key_arn
    SecretsKmsKeyArn       = var.secrets_kms_key_arn
    KmsKeyArn              = var.kms_key_arn
    PermissionsBoundaryArn = var.permissions_boundary_arn
    VpcSubnetIds           = var.vpc_subnet_ids == null ? null : join(",", var.vpc_subnet_ids)
    VpcSecurityGroupIds    = var.vpc_security_group_ids == null ? null : join(",", var.vpc_security_group_ids)
    AlarmTopicArn          = var.alarm_topic_arn
    AlarmDelaySeconds      = var.alarm_delay_seconds == null ? null : tostring(var.alarm_delay_seconds)
    MaxReceiveCount        = var.max_receive_count == null ? null : tostring(var.max_receive_count)
    LogLevel               = var.log_level
    LogRetentionDays       = var.log_retention_days == null ? null : tostring(var.log_retention_days)
    Architecture           = var.architecture
    MemoryMegabytes        = var.memory_megabytes == null ? null : tostring(var.memory_megabytes)
    Tracing                = var.tracing == null ? null : tostring(var.tracing)
    CheckOnDeploy          = var.check_on_deploy
    Nested                 = var.nested == null ? null : tostring(var.nested)
  }

  parameters = { for name, value in local.given : name => value if value != null }
}
