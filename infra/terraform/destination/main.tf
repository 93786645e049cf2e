# One destination beside a core: a second of a type, or one that is managed apart. docs/terraform.md tells how.

terraform {
  required_version = ">= 1.3"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "template_url" {
  description = "Address of the release's infra/destination.yaml, in a bucket of the region that is deployed to."
  type        = string
}

variable "tags" {
  description = "Tags of the stack and of what it makes."
  type        = map(string)
  default     = {}
}

resource "aws_cloudformation_stack" "destination" {
  name         = "${var.core}-${var.name}" # the router may send to queues of this name alone
  template_url = var.template_url
  parameters   = local.parameters
  capabilities = ["CAPABILITY_IAM"] # a role for the function
  on_failure   = "DELETE"           # a first deployment that fails leaves nothing
  tags         = var.tags
}
