namespace ClaudeManage.Cli.Stack;

/// <summary>What a stack takes from the environment when it is made.</summary>
static class StackSetting
{
    /// <summary>Connection string of a PostgreSQL administrator, instead of a private server.</summary>
    public const string Postgres = "CM_STACK_POSTGRES";

    /// <summary>amqp URI of a RabbitMQ administrator, instead of a private broker.</summary>
    public const string RabbitMq = "CM_STACK_RABBITMQ";

    /// <summary>Address of that broker's management API, with user and password.</summary>
    public const string Management = "CM_STACK_RABBITMQ_MANAGEMENT";

    /// <summary>Begins the names of databases, roles, broker users and the virtual host.</summary>
    public const string Prefix = "CM_STACK_PREFIX";
}

/// <summary>What a person asks for.</summary>
/// <param name="Port">Of the gateway; 0 takes a free one.</param>
sealed record StackRequest(int Port, int Replicas, int Supervisors);
