// Which addresses are videos that a player of their site can show.
import { expect, test } from 'vitest'
import { playerOf } from '../../client-sdk/example/src/video-player.ts'

const YOUTUBE = 'https://www.youtube-nocookie.com/embed'

test.each([
  ['https://www.youtube.com/watch?v=a_b-C1', `${YOUTUBE}/a_b-C1`],
  ['https://m.youtube.com/watch?list=x&v=abc&t=9', `${YOUTUBE}/abc`],
  ['https://youtu.be/abc?t=9', `${YOUTUBE}/abc`],
  ['https://www.youtube.com/shorts/abc', `${YOUTUBE}/abc`],
  ['https://www.youtube.com/playlist?list=PL8-x', `${YOUTUBE}/videoseries?list=PL8-x`],
  ['https://vimeo.com/1234', 'https://player.vimeo.com/video/1234?dnt=1'],
  ['https://vimeo.com/about', undefined],
  ['https://www.youtube.com/@somebody', undefined],
  ['https://www.ted.com/talks/a_talk', undefined],
  ['https://youtube.com.example/watch?v=abc', undefined],
  ['https://example.org/?u=youtube.com/watch?v=abc', undefined],
])('[W1] %s is played by %s', (address, expected) => {
  expect(playerOf(address)?.src).toBe(expected)
})
