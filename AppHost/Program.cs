// The whole suite on one machine, with Aspire's dashboard: deploy/make-env once, then dotnet run --project AppHost
using Microsoft.Extensions.Configuration;

var builder = DistributedApplication.CreateBuilder(args);
var root = Path.GetFullPath(Path.Combine(builder.AppHostDirectory, ".."));
var secrets = Path.Combine(root, "deploy", "secrets");
if (!File.Exists(Path.Combine(secrets, "town.key")))
    throw new InvalidOperationException($"There is no {Path.Combine(secrets, "town.key")}. Run deploy/make-env first; it makes the town's keys.");

// Servers that are there already (ConnectionStrings__postgres of a superuser, ConnectionStrings__rabbitmq) are taken; else both run in containers.
var given = builder.Configuration.GetConnectionString("postgres");
var postgres = given is null ? builder.AddPostgres("postgres").WithImageTag("17").WithDataVolume() : null;
var rabbitmq = builder.Configuration.GetConnectionString("rabbitmq") is null
    ? (IResourceBuilder<IResourceWithConnectionString>)builder.AddRabbitMQ("rabbitmq").WithManagementPlugin()
    : builder.AddConnectionString("rabbitmq");
var migrations = new List<IResourceBuilder<ProjectResource>>();

var work = Service<Projects.Work>("work").WithEnvironment("Auth__PublicKeyFile", Secret("town.pub"));
var hook = Service<Projects.Hook>("hook").WithEnvironment("Auth__KeyFile", Secret("town.key"));
var workflow = Service<Projects.Workflow>("workflow").WithEnvironment("Auth__PublicKeyFile", Secret("town.pub"));
var convoy = Service<Projects.Convoy>("convoy").WithEnvironment("Auth__PublicKeyFile", Secret("town.pub"));
var refinery = Service<Projects.Refinery>("refinery").WithEnvironment("Auth__PublicKeyFile", Secret("town.pub"));
var health = Service<Projects.Health>("health").WithEnvironment("Auth__PublicKeyFile", Secret("town.pub"));
IResourceBuilder<ProjectResource>[] services = [work, hook, workflow, convoy, refinery, health];

// All databases and queues before any service: what is published to a queue that is not declared yet is lost.
foreach (var service in services)
    foreach (var migration in migrations) service.WaitForCompletion(migration);

var gateway = builder.AddProject<Projects.Gateway>("gateway")
    .WithArgs("run")
    .WithHttpEndpoint(port: 7117, name: "http")
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health/ready")
    .WithEnvironment("DataDirectory", Data("gateway"))
    .WithEnvironment("Auth__KeyFile", Secret("town.key"));
foreach (var service in services)
    gateway.WithEnvironment($"Gateway__Services__{service.Resource.Name}__0", service.GetEndpoint("http")).WaitFor(service);
foreach (var service in services) service.WithEnvironment("Town__Url", gateway.GetEndpoint("http"));

var supervisor = builder.AddProject<Projects.Supervisor>("supervisor")
    .WithArgs("run")
    .WithHttpEndpoint(name: "http")
    .WithHttpHealthCheck("/health/ready")
    .WithReference(rabbitmq)
    .WithEnvironment("Database__Provider", "Sqlite")
    .WithEnvironment("Bus__Transport", "RabbitMq")
    .WithEnvironment("DataDirectory", Data("supervisor"))
    .WithEnvironment("Auth__PublicKeyFile", Secret("town.pub"))
    .WithEnvironment("Town__Url", gateway.GetEndpoint("http"))
    .WithEnvironment("Supervisor__NodeId", "aspire")
    .WithEnvironment("Supervisor__TokenFile", Secret("supervisor.token"))
    .WaitFor(gateway);
supervisor.WithEnvironment("Supervisor__Url", supervisor.GetEndpoint("http"));

builder.Build().Run();

// A service with its database and the one-shot run that brings it up to date. Connections are named as everywhere.
IResourceBuilder<ProjectResource> Service<TProject>(string name) where TProject : IProjectMetadata, new()
{
    var database = Database(name);
    migrations.Add(Process<TProject>($"{name}-migrate", "migrate").WaitFor(database).WaitFor(rabbitmq).WithReference(database, name).WithReference(rabbitmq));
    return Process<TProject>(name, "run")
        .WithHttpEndpoint(name: "http")
        .WithHttpHealthCheck("/health/ready")
        .WithReference(database, name)
        .WithReference(rabbitmq)
        .WithEnvironment("DataDirectory", Data(name))
        .WaitFor(database)
        .WaitFor(rabbitmq);
}

IResourceBuilder<IResourceWithConnectionString> Database(string name) => postgres is not null
    ? postgres.AddDatabase($"{name}-db", $"claudemanage_{name}")
    : builder.AddConnectionString($"{name}-db", connection => connection.AppendLiteral($"{given};Database=claudemanage_{name}"));

IResourceBuilder<ProjectResource> Process<TProject>(string name, string verb) where TProject : IProjectMetadata, new() => builder
    .AddProject<TProject>(name)
    .WithArgs(verb)
    .WithEnvironment("Database__Provider", "Postgres")
    .WithEnvironment("Bus__Transport", "RabbitMq");

string Secret(string file) => Path.Combine(secrets, file);

string Data(string name) => Path.Combine(root, "artifacts", "apphost", name);
