import { numberOf } from '@sluice/model'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareNumbers, parseDecimal } from './decimal.ts'

/** Decimal text in every form, with the fraction of two integers that it is. */
const decimal = fc
  .record({
    sign: fc.constantFrom('', '+', '-'),
    whole: fc.stringMatching(/^[0-9]{0,20}$/),
    fraction: fc.option(fc.stringMatching(/^[0-9]{0,20}$/)),
    exponent: fc.option(fc.oneof(fc.integer({ min: -400, max: 400 }), fc.integer({ min: -5, max: 5 }))),
    letter: fc.constantFrom('e', 'E', 'e+', 'E+'),
  })
  .filter(({ whole, fraction }) => whole !== '' || (fraction ?? '') !== '')
  .map(({ sign, whole, fraction, exponent, letter }) => {
    const mark = exponent !== null && exponent < 0 ? letter.slice(0, 1) : letter
    return {
      text: `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${exponent === null ? '' : `${mark}${exponent}`}`,
      rational: rational(sign === '-', whole, fraction ?? '', exponent ?? 0),
    }
  })
  // smaller than 10^-400 is zero by definition, and larger than a double is text
  .filter(({ text, rational: { over, under } }) => {
    const isTiny = over !== 0n && (over < 0n ? -over : over) * 10n ** 400n < under
    return numberOf(text) !== null && !isTiny
  })

type Rational = { over: bigint; under: bigint }

function rational(isNegative: boolean, whole: string, fraction: string, exponent: number): Rational {
  const magnitude = BigInt(`${whole}${fraction}` || '0') * 10n ** BigInt(Math.max(exponent, 0))
  const under = 10n ** BigInt(fraction.length) * 10n ** BigInt(Math.max(-exponent, 0))
  return { over: isNegative ? -magnitude : magnitude, under }
}

function orderOf(a: Rational, b: Rational): number {
  const difference = a.over * b.under - b.over * a.under
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

const near = fc.tuple(decimal, fc.integer({ min: 0, max: 3 })).map(([{ text, rational }, zeros]) => ({
  text: /[.eE]/.test(text) ? text : `${text}.${'0'.repeat(zeros)}`,
  rational,
}))

test('decimal text is ordered like the fractions it stands for', () => {
  fc.assert(
    fc.property(decimal, fc.oneof(decimal, near), (a, b) => {
      expect(Math.sign(compareNumbers(a.text, b.text) ?? Number.NaN)).toBe(orderOf(a.rational, b.rational))
      expect(compareNumbers(a.text, a.text)).toBe(0)
    }),
    { numRuns: 3000 },
  )
})

test('the last of twenty digits counts', () => {
  const digits = fc.bigInt({ min: 10n ** 19n, max: 10n ** 20n - 2n })
  fc.assert(
    fc.property(
      digits,
      fc.integer({ min: -390, max: 280 }),
      fc.integer({ min: -1, max: 1 }),
      (number, exponent, step) => {
        const order = compareNumbers(`${number}e${exponent}`, `${number + BigInt(step)}e${exponent}`)
        expect(Math.sign(order ?? Number.NaN)).toBe(0 - step)
      },
    ),
  )
})

test('a threshold that is moved is the sum of both', () => {
  const small = decimal.filter(({ text }) => text.length < 40)
  fc.assert(
    fc.property(small, small, small, (value, threshold, shift) => {
      const { over: a, under: b } = threshold.rational
      const { over: c, under: d } = shift.rational
      const order = compareNumbers(value.text, threshold.text, parseDecimal(shift.text) ?? undefined)
      expect(Math.sign(order ?? Number.NaN)).toBe(orderOf(value.rational, { over: a * d + c * b, under: b * d }))
    }),
    { numRuns: 2000 },
  )
})
