# Made from template.yaml by `make terraform`; do not edit.

variable "source_settings" {
  description = "Settings of the router as TOML: instance, labels, admin_actors, phases, product and clear_names, for instance instance = \"vault-eu\", labels = { env = \"production\" }."
  type        = string
  default     = null
}

variable "pseudonym_secret_arn" {
  description = "Secret with your own key for the pseudonyms of names typed at failed log-ons; empty for a random key that the stack makes."
  type        = string
  default     = null
}

variable "ingest_flush_interval_seconds" {
  description = "Seconds that the router gathers messages for. Lambda may take up to 20 s on a quiet queue with any value but 0. Default: 1."
  type        = number
  default     = null

  validation {
    condition     = var.ingest_flush_interval_seconds == null ? true : var.ingest_flush_interval_seconds >= 0 && var.ingest_flush_interval_seconds <= 300
    error_message = "ingest_flush_interval_seconds must be from 0 to 300."
  }
}

variable "ingest_max_concurrency" {
  description = "Most copies of the router that run at the same time. Default: 10."
  type        = number
  default     = null

  validation {
    condition     = var.ingest_max_concurrency == null ? true : var.ingest_max_concurrency >= 2 && var.ingest_max_concurrency <= 1000
    error_message = "ingest_max_concurrency must be from 2 to 1000."
  }
}

variable "splunk_endpoint" {
  description = "Base address, for instance https://splunk.example.com:8088. Setting it creates this destination."
  type        = string
  default     = null
}

variable "splunk_secret_arn" {
  description = "Secret with the HEC token: the plain token, or JSON with token and optionally ca_bundle."
  type        = string
  default     = null
}

variable "splunk_settings" {
  description = "Settings as TOML, in lines or as index = \"security\", ack = true."
  type        = string
  default     = null
}

variable "splunk_filter" {
  description = "Which events are delivered, as TOML, for instance min_severity = \"High\"; empty for all."
  type        = string
  default     = null
}

variable "splunk_flush_interval_seconds" {
  description = "Seconds that events are gathered before they are delivered; 0 delivers at once. Default: 5."
  type        = number
  default     = null

  validation {
    condition     = var.splunk_flush_interval_seconds == null ? true : var.splunk_flush_interval_seconds >= 0 && var.splunk_flush_interval_seconds <= 300
    error_message = "splunk_flush_interval_seconds must be from 0 to 300."
  }
}

variable "splunk_max_concurrency" {
  description = "Most copies of the function at the same time. Default: 10."
  type        = number
  default     = null

  validation {
    condition     = var.splunk_max_concurrency == null ? true : var.splunk_max_concurrency >= 2 && var.splunk_max_concurrency <= 1000
    error_message = "splunk_max_concurrency must be from 2 to 1000."
  }
}

variable "splunk_enabled" {
  description = "false pauses delivery; events wait in the queue for at most 7 days. Default: true."
  type        = bool
  default     = null
}

variable "datadog_site" {
  description = "Site, for instance datadoghq.eu or us5.datadoghq.com. Setting it creates this destination."
  type        = string
  default     = null
}

variable "datadog_secret_arn" {
  description = "Secret with the API key of that site: the plain key, or JSON with api_key."
  type        = string
  default     = null
}

variable "datadog_settings" {
  description = "Settings as TOML, in lines or as service = \"vault\", tags = [\"team:security\"]."
  type        = string
  default     = null
}

variable "datadog_filter" {
  description = "Which events are delivered, as TOML, for instance min_severity = \"High\"; empty for all."
  type        = string
  default     = null
}

variable "datadog_flush_interval_seconds" {
  description = "Seconds that events are gathered before they are delivered; 0 delivers at once. Default: 5."
  type        = number
  default     = null

  validation {
    condition     = var.datadog_flush_interval_seconds == null ? true : var.datadog_flush_interval_seconds >= 0 && var.datadog_flush_interval_seconds <= 300
    error_message = "datadog_flush_interval_seconds must be from 0 to 300."
  }
}

variable "datadog_max_concurrency" {
  description = "Most copies of the function at the same time. Default: 10."
  type        = number
  default     = null

  validation {
    condition     = var.datadog_max_concurrency == null ? true : var.datadog_max_concurrency >= 2 && var.datadog_max_concurrency <= 1000
    error_message = "datadog_max_concurrency must be from 2 to 1000."
  }
}

variable "datadog_enabled" {
  description = "false pauses delivery; events wait in the queue for at most 7 days. Default: true."
  type        = bool
  default     = null
}

variable "elastic_endpoint" {
  description = "Base address, for instance https://elastic.example.com:9200. Setting it creates this destination."
  type        = string
  default     = null
}

variable "elastic_secret_arn" {
  description = "Secret with an API key, or JSON with username and password, optionally ca_bundle; empty with aws_auth."
  type        = string
  default     = null
}

variable "elastic_settings" {
  description = "Settings as TOML, in lines or as index = \"logs-vault.audit-default\", aws_auth = true."
  type        = string
  default     = null
}

variable "elastic_filter" {
  description = "Which events are delivered, as TOML, for instance min_severity = \"High\"; empty for all."
  type        = string
  default     = null
}

variable "elastic_resource_arn" {
  description = "Domain or collection that the function's role may write to; required by aws_auth."
  type        = string
  default     = null
}

variable "elastic_flush_interval_seconds" {
  description = "Seconds that events are gathered before they are delivered; 0 delivers at once. Default: 5."
  type        = number
  default     = null

  validation {
    condition     = var.elastic_flush_interval_seconds == null ? true : var.elastic_flush_interval_seconds >= 0 && var.elastic_flush_interval_seconds <= 300
    error_message = "elastic_flush_interval_seconds must be from 0 to 300."
  }
}

variable "elastic_max_concurrency" {
  description = "Most copies of the function at the same time. Default: 10."
  type        = number
  default     = null

  validation {
    condition     = var.elastic_max_concurrency == null ? true : var.elastic_max_concurrency >= 2 && var.elastic_max_concurrency <= 1000
    error_message = "elastic_max_concurrency must be from 2 to 1000."
  }
}

variable "elastic_enabled" {
  description = "false pauses delivery; events wait in the queue for at most 7 days. Default: true."
  type        = bool
  default     = null
}

variable "s3_bucket" {
  description = "Bucket, in any region. Setting it creates this destination."
  type        = string
  default     = null
}

variable "s3_settings" {
  description = "Settings as TOML, in lines or as prefix = \"vault-audit/\", compression = \"zstd\"."
  type        = string
  default     = null
}

variable "s3_filter" {
  description = "Which events are delivered, as TOML, for instance min_severity = \"High\"; empty for all."
  type        = string
  default     = null
}

variable "s3_role_arn" {
  description = "Role that is assumed to write; empty for the function's own."
  type        = string
  default     = null
}

variable "s3_external_id" {
  description = "External id for S3RoleArn."
  type        = string
  default     = null
}

variable "s3_kms_key_arn" {
  description = "KMS key of the objects; empty for the bucket's default."
  type        = string
  default     = null
}

variable "s3_resource_arn" {
  description = "Objects that the function's role may write, arn:aws:s3:::bucket/prefix/*; empty for the whole bucket."
  type        = string
  default     = null
}

variable "s3_flush_interval_seconds" {
  description = "Seconds that events are gathered before they are delivered; 0 delivers at once. Default: 60."
  type        = number
  default     = null

  validation {
    condition     = var.s3_flush_interval_seconds == null ? true : var.s3_flush_interval_seconds >= 0 && var.s3_flush_interval_seconds <= 300
    error_message = "s3_flush_interval_seconds must be from 0 to 300."
  }
}

variable "s3_max_concurrency" {
  description = "Most copies of the function at the same time. Default: 10."
  type        = number
  default     = null

  validation {
    condition     = var.s3_max_concurrency == null ? true : var.s3_max_concurrency >= 2 && var.s3_max_concurrency <= 1000
    error_message = "s3_max_concurrency must be from 2 to 1000."
  }
}

variable "s3_enabled" {
  description = "false pauses delivery; events wait in the queue for at most 7 days. Default: true."
  type        = bool
  default     = null
}

variable "security_lake_bucket" {
  description = "Bucket of the lake. Setting it creates this destination."
  type        = string
  default     = null
}

variable "security_lake_settings" {
  description = "Settings as TOML, in lines or as region = \"eu-central-1\", source_prefix = \"vault-\"."
  type        = string
  default     = null
}

variable "security_lake_filter" {
  description = "Which events are delivered, as TOML, for instance min_severity = \"High\"; empty for all."
  type        = string
  default     = null
}

variable "security_lake_role_arn" {
  description = "Role that is assumed to write; empty for the function's own. May hold {source}."
  type        = string
  default     = null
}

variable "security_lake_external_id" {
  description = "External id for SecurityLakeRoleArn."
  type        = string
  default     = null
}

variable "security_lake_flush_interval_seconds" {
  description = "Seconds between two runs, each of which writes one file for each class and day of what has come. Default: 900."
  type        = number
  default     = null

  validation {
    condition     = var.security_lake_flush_interval_seconds == null ? true : contains([300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400], var.security_lake_flush_interval_seconds)
    error_message = "security_lake_flush_interval_seconds must be one of: 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400."
  }
}

variable "security_lake_alarm_delay_seconds" {
  description = "Seconds that an event may wait or arrive late before an alarm fires; longer than the time between two runs. Default: 7200."
  type        = number
  default     = null

  validation {
    condition     = var.security_lake_alarm_delay_seconds == null ? true : var.security_lake_alarm_delay_seconds >= 900 && var.security_lake_alarm_delay_seconds <= 172800
    error_message = "security_lake_alarm_delay_seconds must be from 900 to 172800."
  }
}

variable "security_lake_enabled" {
  description = "false pauses delivery; events wait in the queue for at most 7 days. Default: true."
  type        = bool
  default     = null
}

variable "webhook_url_secret_arn" {
  description = "Secret with the URL and its credentials. Setting it creates this destination."
  type        = string
  default     = null
}

variable "webhook_settings" {
  description = "Settings as TOML, in lines or as preset = \"slack\"."
  type        = string
  default     = null
}

variable "webhook_filter" {
  description = "Which events are delivered, as TOML, for instance min_severity = \"High\"; empty for all."
  type        = string
  default     = null
}

variable "webhook_flush_interval_seconds" {
  description = "Seconds that events are gathered before they are delivered; 0 delivers at once. Default: 0."
  type        = number
  default     = null

  validation {
    condition     = var.webhook_flush_interval_seconds == null ? true : var.webhook_flush_interval_seconds >= 0 && var.webhook_flush_interval_seconds <= 300
    error_message = "webhook_flush_interval_seconds must be from 0 to 300."
  }
}

variable "webhook_max_concurrency" {
  description = "Most copies of the function at the same time. Default: 2."
  type        = number
  default     = null

  validation {
    condition     = var.webhook_max_concurrency == null ? true : var.webhook_max_concurrency >= 2 && var.webhook_max_concurrency <= 1000
    error_message = "webhook_max_concurrency must be from 2 to 1000."
  }
}

variable "webhook_enabled" {
  description = "false pauses delivery; events wait in the queue for at most 7 days. Default: true."
  type        = bool
  default     = null
}

variable "otlp_endpoint" {
  description = "Address, https://host:4317 for gRPC, https://host:4318 for HTTP. Setting it creates this destination."
  type        = string
  default     = null
}

variable "otlp_secret_arn" {
  description = "Secret with a token, or JSON with headers, username and password, ca_bundle or client_certificate and client_key; empty for none."
  type        = string
  default     = null
}

variable "otlp_settings" {
  description = "Settings as TOML, in lines or as protocol = \"http/protobuf\"."
  type        = string
  default     = null
}

variable "otlp_filter" {
  description = "Which events are delivered, as TOML, for instance min_severity = \"High\"; empty for all."
  type        = string
  default     = null
}

variable "otlp_flush_interval_seconds" {
  description = "Seconds that events are gathered before they are delivered; 0 delivers at once. Default: 5."
  type        = number
  default     = null

  validation {
    condition     = var.otlp_flush_interval_seconds == null ? true : var.otlp_flush_interval_seconds >= 0 && var.otlp_flush_interval_seconds <= 300
    error_message = "otlp_flush_interval_seconds must be from 0 to 300."
  }
}

variable "otlp_max_concurrency" {
  description = "Most copies of the function at the same time. Default: 10."
  type        = number
  default     = null

  validation {
    condition     = var.otlp_max_concurrency == null ? true : var.otlp_max_concurrency >= 2 && var.otlp_max_concurrency <= 1000
    error_message = "otlp_max_concurrency must be from 2 to 1000."
  }
}

variable "otlp_enabled" {
  description = "false pauses delivery; events wait in the queue for at most 7 days. Default: true."
  type        = bool
  default     = null
}

variable "syslog_endpoint" {
  description = "Address, tls://siem.example.com:6514, relp+tls://host:2514. Setting it creates this destination."
  type        = string
  default     = null
}

variable "syslog_secret_arn" {
  description = "Secret as JSON with client_certificate and client_key, ca_bundle; empty for none."
  type        = string
  default     = null
}

variable "syslog_settings" {
  description = "Settings as TOML, in lines or as format = \"leef\"."
  type        = string
  default     = null
}

variable "syslog_filter" {
  description = "Which events are delivered, as TOML, for instance min_severity = \"High\"; empty for all."
  type        = string
  default     = null
}

variable "syslog_flush_interval_seconds" {
  description = "Seconds that events are gathered before they are delivered; 0 delivers at once. Default: 5."
  type        = number
  default     = null

  validation {
    condition     = var.syslog_flush_interval_seconds == null ? true : var.syslog_flush_interval_seconds >= 0 && var.syslog_flush_interval_seconds <= 300
    error_message = "syslog_flush_interval_seconds must be from 0 to 300."
  }
}

variable "syslog_enabled" {
  description = "false pauses delivery; events wait in the queue for at most 7 days. Default: true."
  type        = bool
  default     = null
}

variable "alarm_email" {
  description = "Address that alarms are mailed to, through a topic that the stack creates; not with AlarmTopicArn."
  type        = string
  default     = null
}

variable "alarm_topic_arn" {
  description = "Existing SNS topic that alarms notify; not with AlarmEmail. Without either, alarms notify nobody."
  type        = string
  default     = null
}

variable "alarm_delay_seconds" {
  description = "Seconds that an event may wait or arrive late before an alarm fires. Default: 900."
  type        = number
  default     = null

  validation {
    condition     = var.alarm_delay_seconds == null ? true : var.alarm_delay_seconds >= 60 && var.alarm_delay_seconds <= 86400
    error_message = "alarm_delay_seconds must be from 60 to 86400."
  }
}

variable "silence_alarm_hours" {
  description = "Hours without any audit event after which an alarm fires; 0 for never. Default: 24."
  type        = number
  default     = null

  validation {
    condition     = var.silence_alarm_hours == null ? true : var.silence_alarm_hours >= 0 && var.silence_alarm_hours <= 24
    error_message = "silence_alarm_hours must be from 0 to 24."
  }
}

variable "kms_key_arn" {
  description = "KMS key of queues, log groups, environments and the alarm topic; empty for keys that AWS manages."
  type        = string
  default     = null
}

variable "secrets_kms_key_arn" {
  description = "KMS key of the secrets, where it is a key of your own."
  type        = string
  default     = null
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of every role; empty for none."
  type        = string
  default     = null
}

variable "vpc_subnet_ids" {
  description = "Subnets that the functions run in, separated by commas; empty for no VPC. docs/deploy.md lists the endpoints needed."
  type        = list(string)
  default     = null
}

variable "vpc_security_group_ids" {
  description = "Security groups of the functions, separated by commas; required with VpcSubnetIds."
  type        = list(string)
  default     = null
}

variable "check_on_deploy" {
  description = "What a deployment checks before events flow: settings and secret, also the connection, or nothing. Default: settings."
  type        = string
  default     = null

  validation {
    condition     = var.check_on_deploy == null ? true : contains(["settings", "connection", "off"], var.check_on_deploy)
    error_message = "check_on_deploy must be one of: settings, connection, off."
  }
}

variable "max_receive_count" {
  description = "Receives after which a message goes to the dead-letter queue. 250 last 60 h of an outage; 24 h need at least 131. Default: 250."
  type        = number
  default     = null

  validation {
    condition     = var.max_receive_count == null ? true : var.max_receive_count >= 10 && var.max_receive_count <= 600
    error_message = "max_receive_count must be from 10 to 600."
  }
}

variable "log_level" {
  description = "How much the functions log. Default: info."
  type        = string
  default     = null

  validation {
    condition     = var.log_level == null ? true : contains(["error", "warn", "info", "debug", "trace"], var.log_level)
    error_message = "log_level must be one of: error, warn, info, debug, trace."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept. Default: 30."
  type        = number
  default     = null

  validation {
    condition     = var.log_retention_days == null ? true : contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "tracing" {
  description = "Traces invocations with AWS X-Ray. Default: false."
  type        = bool
  default     = null
}

variable "architecture" {
  description = "Processor of the functions; arm64 costs less. Default: arm64."
  type        = string
  default     = null

  validation {
    condition     = var.architecture == null ? true : contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture must be one of: arm64, x86_64."
  }
}

variable "function_memory_megabytes" {
  description = "Memory of each function; Lambda gives processor time in proportion. Default: 256."
  type        = number
  default     = null

  validation {
    condition     = var.function_memory_megabytes == null ? true : var.function_memory_megabytes >= 128 && var.function_memory_megabytes <= 3008
    error_message = "function_memory_megabytes must be from 128 to 3008."
  }
}
