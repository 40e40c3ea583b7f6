import { AppError } from '#lib/errors.ts';

export type ShareOptions = {
  /** What is shared, as errors and `GET /api/usage` name it, such as `places`. */
  readonly budget: string;
  /** What one account may hold while no other account holds anything. */
  readonly limit: number;
  /** What is kept on top of `limit` for the other accounts. Without it, the first account may hold everything. */
  readonly reserve: number;
  /** What an account may hold at most, however much is free. */
  readonly perAccount?: number | undefined;
};

/** What one holder has taken. */
export type Holding = {
  /** Takes more. Throws RATE_LIMITED and OVERLOADED, as `take` does, and then takes nothing. */
  grow(amount: number): void;
  /** Gives everything back. May be called again. */
  release(): void;
};

/** The holder. Accounts are callers as budgets count them. */
export type Taker = { readonly account: string; readonly limit?: number | undefined };

/** Something that is limited in total and shared fairly among accounts. */
export type Share = {
  /**
   * Takes an amount. Throws RATE_LIMITED over the account's own limit, and OVERLOADED when the rest is kept for
   * accounts that hold less. Both have `details {budget, limit, used}`.
   */
  take(taker: Taker, amount?: number): Holding;
  /** Returns what an account may hold at most, and what it holds. */
  usage(taker: Taker): { readonly used: number; readonly limit: number };
  /** Returns what all accounts hold. */
  total(): number;
  /** What one account may hold alone. */
  readonly limit: number;
  /** Returns whether an account holds more than an equal share, while others hold something, too. */
  isGreedy(account: string): boolean;
};

/**
 * Shares `limit + reserve` by dynamic thresholds (Choudhury and Hahne, IEEE/ACM Transactions on Networking 6.2, 1998): an
 * account may hold at most `limit / reserve` times what is free. Alone, that is `limit`; the more others hold, the less
 * it is, so that some is always free for those who hold less. Nothing is refused while all accounts together hold less
 * than `limit`.
 */
export function createShare({ budget, limit, reserve, perAccount }: ShareOptions): Share {
  const held = new Map<string, number>();
  const total = limit + reserve;
  let sum = 0;

  function add(account: string, amount: number): void {
    const now = (held.get(account) ?? 0) + amount;
    sum += amount;
    if (now > 0) held.set(account, now);
    else held.delete(account);
  }

  function refuse({ account, limit: own = perAccount }: Taker, amount: number): void {
    const used = held.get(account) ?? 0;
    if (own !== undefined && used + amount > own) throw overOwn({ budget, limit: own, used });
    const free = total - sum - amount;
    const isFirst = used === 0 && free >= 0;
    if (isFirst || (used + amount) * reserve <= limit * free) return;
    throw overTotal({ budget, limit, used: sum });
  }

  return {
    take(taker, amount = 1) {
      let own = 0;
      const holding: Holding = {
        grow(more) {
          refuse(taker, more);
          add(taker.account, more);
          own += more;
        },
        release() {
          add(taker.account, -own);
          own = 0;
        },
      };
      holding.grow(amount);
      return holding;
    },
    usage: ({ account, limit: own = perAccount }) => ({ used: held.get(account) ?? 0, limit: own ?? limit }),
    total: () => sum,
    limit,
    isGreedy: (account) => (held.get(account) ?? 0) * held.size > sum,
  };
}

type Refusal = { readonly budget: string; readonly limit: number; readonly used: number };

function overOwn(details: Refusal): AppError {
  const message = `this caller uses ${details.used} of its ${details.limit} ${nameOf(details)}`;
  return new AppError('RATE_LIMITED', { ...details, retry_after_seconds: RETRY_SECONDS }, { message });
}

function overTotal(details: Refusal): AppError {
  const message = `${details.used} ${nameOf(details)} are in use, and the limit is ${details.limit}`;
  return new AppError('OVERLOADED', { ...details, retry_after_seconds: RETRY_SECONDS }, { message });
}

const RETRY_SECONDS = 1;

function nameOf({ budget }: Refusal): string {
  return budget.replaceAll('_', ' ');
}
