import type { EventEmitter } from 'node:events';

type NamedEvent = { readonly type: string };

/** Emits the events of a stream. Events from before the stream exists are kept until then. */
export type EventBuffer<Event extends NamedEvent> = {
  emit(event: Event): void;
  /** Emits the kept events in the next turn of the event loop, so that the caller can add listeners first. */
  attach(events: EventEmitter): void;
};

/** Emits each event under the name of its type. */
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
        // Events until now were kept as well, so that the order is preserved.
        for (let event = early.shift(); event !== undefined; event = early.shift()) events.emit(event.type, event);
        target = events;
      });
    },
  };
}
