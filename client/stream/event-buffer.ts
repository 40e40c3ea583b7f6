import type { EventEmitter } from 'node:events';

type NamedEvent = { readonly type: string };

/** Emits a stream's events; those that come before there is a stream are kept until then. */
export type EventBuffer<Event extends NamedEvent> = {
  emit(event: Event): void;
  /** The kept events follow in the next turn of the event loop, so that the caller can add its listeners first. */
  attach(events: EventEmitter): void;
};

/** Each event is emitted under the name of its type. */
export function createEventBuffer<Event extends NamedEvent>(): EventBuffer<Event> {
  let target: EventEmitter | undefined;
  const early: Event[] = [];
  return {
    emit(event) {
      if (target === undefined) early.push(event);
      else target.emit(event.type, event);
    },
    attach(events) {
      setImmediate(() => {
        // What comes until now is kept as well, so that events stay in their order.
        for (let event = early.shift(); event !== undefined; event = early.shift()) events.emit(event.type, event);
        target = events;
      });
    },
  };
}
