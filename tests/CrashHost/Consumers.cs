using ClaudeManage.Messaging;
using MassTransit;

namespace ClaudeManage.CrashHost
{
    /// <summary>Lets a test decide what fails; asked with the consumer's name and the message's number, on every attempt.</summary>
    public sealed class Faults
    {
        public Func<string, int, bool> Fails { get; set; } = (_, _) => false;

        public void Maybe(string consumer, int n)
        {
            if (Fails(consumer, n)) throw new InvalidOperationException($"{consumer} fails on {n}, as asked");
        }
    }
}

namespace ClaudeManage.CrashHost.Alpha
{
    public sealed class TickConsumer(AlphaDb db) : IConsumer<Tick>
    {
        public Task Consume(ConsumeContext<Tick> context)
        {
            db.Add(new Effect { By = "alpha-tick", N = context.Message.N });
            return Task.CompletedTask;
        }
    }

    public sealed class PongConsumer(AlphaDb db) : IConsumer<Pong>
    {
        public Task Consume(ConsumeContext<Pong> context)
        {
            db.Add(new Effect { By = "alpha-pong", N = context.Message.N });
            return Task.CompletedTask;
        }
    }

    public sealed class JobMachine : MassTransitStateMachine<JobState>
    {
        public State Running { get; private set; } = null!;
        public State Done { get; private set; } = null!;
        public State TimedOut { get; private set; } = null!;
        public Event<OpenJob> Opened { get; private set; } = null!;
        public Event<StepJob> Stepped { get; private set; } = null!;
        public Event<CloseJob> Closed { get; private set; } = null!;
        public Schedule<JobState, JobOverdue> Overdue { get; private set; } = null!;

        public JobMachine()
        {
            InstanceState(x => x.CurrentState);
            Event(() => Opened, x => x.CorrelateById(m => m.Message.JobId));
            Event(() => Stepped, x => x.CorrelateById(m => m.Message.JobId));
            Event(() => Closed, x => x.CorrelateById(m => m.Message.JobId));
            Schedule(() => Overdue, x => x.OverdueToken, s =>
            {
                s.Delay = TimeSpan.FromMinutes(10);
                s.Received = r => r.CorrelateById(m => m.Message.JobId);
            });
            Initially(
                When(Opened).Schedule(Overdue, c => new JobOverdue(c.Saga.CorrelationId)).TransitionTo(Running),
                When(Stepped).Schedule(Overdue, c => new JobOverdue(c.Saga.CorrelationId)).Then(c => c.Saga.Steps++).TransitionTo(Running));
            During(Running, Ignore(Opened), When(Stepped).Then(c => c.Saga.Steps++),
                When(Closed).Unschedule(Overdue).Publish(c => new Pong(c.Saga.Steps)).TransitionTo(Done),
                When(Overdue!.Received).TransitionTo(TimedOut));
            During(Done, Ignore(Opened), Ignore(Stepped), Ignore(Closed), Ignore(Overdue.Received));
            During(TimedOut, Ignore(Opened), Ignore(Stepped), Ignore(Closed), Ignore(Overdue.Received));
        }
    }
}

namespace ClaudeManage.CrashHost.Beta
{
    public sealed class TickConsumer(BetaDb db) : IConsumer<Tick>
    {
        public Task Consume(ConsumeContext<Tick> context)
        {
            db.Add(new Effect { By = "beta-tick", N = context.Message.N });
            return Task.CompletedTask;
        }
    }

    public sealed class PingConsumer(BetaDb db, Faults faults) : IConsumer<Ping>
    {
        public async Task Consume(ConsumeContext<Ping> context)
        {
            db.Add(new Effect { By = "beta-ping", N = context.Message.N, Detail = context.Message.Text, Colour = context.Message.Colour });
            await context.Publish(new Pong(context.Message.N));
            faults.Maybe("beta-ping", context.Message.N);
        }
    }

    public sealed class PoisonConsumer(BetaDb db, IOutbox<BetaDb> outbox, Faults faults) : IConsumer<Poison>
    {
        public async Task Consume(ConsumeContext<Poison> context)
        {
            db.Add(new Effect { By = "beta-poison", N = context.Message.N });
            await outbox.PublishAsync(new Pong(context.Message.N), context.CancellationToken);
            faults.Maybe("beta-poison", context.Message.N);
        }
    }

    public sealed class FlakyConsumer(BetaDb db, Faults faults) : IConsumer<Flaky>
    {
        public Task Consume(ConsumeContext<Flaky> context)
        {
            db.Add(new Effect { By = "beta-flaky", N = context.Message.N });
            faults.Maybe("beta-flaky", context.Message.N);
            return Task.CompletedTask;
        }
    }
}

namespace ClaudeManage.CrashHost.Gamma
{
    public sealed class TickConsumer(GammaDb db) : IConsumer<Tick>
    {
        public Task Consume(ConsumeContext<Tick> context)
        {
            db.Add(new Effect { By = "gamma-tick", N = context.Message.N });
            return Task.CompletedTask;
        }
    }

    public sealed class PingConsumer(GammaDb db) : IConsumer<Ping>
    {
        public Task Consume(ConsumeContext<Ping> context)
        {
            db.Add(new Effect { By = "gamma-ping", N = context.Message.N });
            return Task.CompletedTask;
        }
    }

    public sealed class TrailConsumer(GammaDb db) : IConsumer<ITownEvent>
    {
        public Task Consume(ConsumeContext<ITownEvent> context)
        {
            db.Add(new Effect { By = "gamma-trail", N = context.Message.N, Detail = context.RawMessageJson() });
            return Task.CompletedTask;
        }
    }

    public sealed class NumberedConsumer(GammaDb db) : IConsumer<Numbered>
    {
        public Task Consume(ConsumeContext<Numbered> context)
        {
            db.Add(new Effect { By = "gamma-numbered", N = context.Message.N });
            return Task.CompletedTask;
        }
    }
}
